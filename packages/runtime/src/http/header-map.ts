import { checkOption } from "../check-options.js";
import { bytesFromBase64, bytesToBase64 } from "./platform-base64.js";

/** A token of RFC 9110 section 5.6.2. */
const nameRule = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/**
 * A field value of RFC 9110 section 5.5. The Fetch standard lets more control characters pass, and then
 * Node's HTTP/1.1 throws and HTTP/2 peers reset the stream.
 */
const valueRule = /^[\t\x20-\x7e\x80-\xff]*$/;

/** What can be made into a {@link HeaderMap}. */
export type HeaderMapInit = Iterable<readonly [string, string]> | { readonly [name: string]: string };

/**
 * Headers or trailers. It implements the standard `Headers` interface over one flat list, without
 * the cost of the platform's class, and adds binary values (`-bin` names).
 *
 * Names are case-insensitive. Values keep their order; `get` joins them with `", "`, those of
 * `cookie` with `"; "`. To ask for a name that no header can have is no error: there is none.
 */
export class HeaderMap {
  /** @internal Lower-case names and values in turn. */
  readonly list: string[];

  /** @internal Why the headers can no longer be changed. */
  locked: string | undefined = undefined;

  constructor(init?: HeaderMapInit) {
    this.list = [];
    if (init === undefined) return;
    if (init instanceof HeaderMap) {
      this.list = init.list.slice();
    } else if (Symbol.iterator in init) {
      for (const [name, value] of init) this.append(name, value);
    } else {
      for (const name of Object.keys(init)) this.append(name, init[name] as string);
    }
  }

  /** The values of a name, joined, or `null`. */
  get(name: string): string | null {
    const { list } = this;
    const key = name.toLowerCase();
    let found: string | null = null;
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === key) found = found === null ? (list[i + 1] as string) : found + separator(key) + list[i + 1];
    }
    return found;
  }

  /** The values of a name, each by itself. */
  getAll(name: string): string[] {
    const { list } = this;
    const key = name.toLowerCase();
    const values: string[] = [];
    for (let i = 0; i < list.length; i += 2) if (list[i] === key) values.push(list[i + 1] as string);
    return values;
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  /** @throws TypeError when the name is no token or the value could not stand in a header. */
  append(name: string, value: string): void {
    this.checkOpen();
    this.list.push(checkName(name), checkValue(name, value));
  }

  /** Replaces all values of a name. @throws TypeError as {@link HeaderMap.append} does. */
  set(name: string, value: string): void {
    this.checkOpen();
    const key = checkName(name);
    const checked = checkValue(name, value);
    const { list } = this;
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === key) {
        list[i + 1] = checked;
        this.remove(key, i + 2);
        return;
      }
    }
    list.push(key, checked);
  }

  delete(name: string): void {
    this.checkOpen();
    this.remove(name.toLowerCase(), 0);
  }

  /** @internal Later changes throw a TypeError with this text. */
  lock(why: string): void {
    this.locked = why;
  }

  /** @internal */
  checkOpen(): void {
    if (this.locked !== undefined) throw new TypeError(this.locked);
  }

  /** @internal */
  remove(key: string, from: number): void {
    const { list } = this;
    let kept = from;
    for (let i = from; i < list.length; i += 2) {
      if (list[i] === key) continue;
      list[kept] = list[i] as string;
      list[kept + 1] = list[i + 1] as string;
      kept += 2;
    }
    list.length = kept;
  }

  getSetCookie(): string[] {
    return this.getAll("set-cookie");
  }

  /**
   * The first value of a `-bin` name, decoded from base64; `null` when there is none.
   *
   * @throws TypeError when the name does not end in `-bin`or the value is not base64.
   */
  getBinary(name: string): Uint8Array | null {
    return this.getAllBinary(name)[0] ?? null;
  }

  /** All values of a `-bin` name, decoded; one field may hold several, parted by commas. @throws TypeError as {@link HeaderMap.getBinary} does. */
  getAllBinary(name: string): Uint8Array[] {
    checkBinaryName(name);
    return this.getAll(name).flatMap((value) =>
      value.split(",").map((part) => {
        const bytes = bytesFromBase64(part.trim());
        if (bytes === undefined) throw new TypeError(`the value of header "${name}" is not base64`);
        return bytes;
      }),
    );
  }

  /** Replaces all values of a `-bin` name by bytes, sent as base64 without padding. @throws TypeError when the name does not end in `-bin`. */
  setBinary(name: string, bytes: Uint8Array): void {
    checkBinaryName(name);
    this.set(name, bytesToBase64(bytes));
  }

  /** Adds a value to a `-bin` name. @throws TypeError when the name does not end in `-bin`. */
  appendBinary(name: string, bytes: Uint8Array): void {
    checkBinaryName(name);
    this.append(name, bytesToBase64(bytes));
  }

  forEach(callback: (value: string, name: string, parent: HeaderMap) => void, thisArg?: unknown): void {
    for (const [name, value] of this) callback.call(thisArg, value, name, this);
  }

  /** The pairs sorted by name, values of a name joined; `set-cookie` values each by itself, as the Fetch standard has it. */
  *entries(): Generator<[string, string], undefined, unknown> {
    const { list } = this;
    const byName = new Map<string, string[]>();
    for (let i = 0; i < list.length; i += 2) {
      const name = list[i] as string;
      const values = byName.get(name);
      if (values === undefined) byName.set(name, [list[i + 1] as string]);
      else values.push(list[i + 1] as string);
    }
    for (const name of [...byName.keys()].sort()) {
      const values = byName.get(name) as string[];
      if (name === "set-cookie") for (const value of values) yield [name, value];
      else yield [name, values.join(separator(name))];
    }
  }

  *keys(): Generator<string, undefined, unknown> {
    for (const [name] of this) yield name;
  }

  *values(): Generator<string, undefined, unknown> {
    for (const [, value] of this) yield value;
  }

  [Symbol.iterator](): Generator<[string, string], undefined, unknown> {
    return this.entries();
  }

  /** @internal */
  names(): string[] {
    return this.list.filter((_, i) => i % 2 === 0);
  }

  get [Symbol.toStringTag](): string {
    return "Headers";
  }
}

/** Takes a platform's raw headers (names and values in turn), without HTTP/2's pseudo-headers. */
export function headersFromRaw(raw: readonly string[]): HeaderMap {
  const headers = new HeaderMap();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    if (name.charCodeAt(0) !== 0x3a) headers.list.push(name.toLowerCase(), raw[i + 1] as string);
  }
  return headers;
}

function checkName(name: string): string {
  if (!nameRule.test(name)) throw new TypeError(`${JSON.stringify(name)} is not a legal header name`);
  return name.toLowerCase();
}

function checkValue(name: string, value: string): string {
  // The platform's class makes text of these too. Nobody means "undefined" or "[object Promise]"; a list is joined, as there.
  if (value === undefined || (typeof value === "object" && !Array.isArray(value)))
    checkOption(`the value of header "${name}"`, value, "string");
  const text = trimmed(String(value));
  if (!valueRule.test(text)) {
    throw new TypeError(
      `the value of header "${name}" has a character that no header can carry: use a "-bin" name and setBinary()`,
    );
  }
  return text;
}

/** Takes off what the Fetch standard takes off both ends of a value. It is less than `trim` does: U+00A0 belongs to the value. */
function trimmed(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isSpace(value.charCodeAt(start))) start++;
  while (start < end && isSpace(value.charCodeAt(end - 1))) end--;
  return value.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

/** HTTP/2 lets a cookie travel in several fields, which belong together with `"; "` (RFC 9113 section 8.2.3). */
function separator(key: string): string {
  return key === "cookie" ? "; " : ", ";
}

function checkBinaryName(name: string): void {
  if (!name.toLowerCase().endsWith("-bin"))
    throw new TypeError(`the name of a binary header must end in "-bin", and "${name}" does not`);
}
