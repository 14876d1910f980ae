import { huffmanDecode, huffmanEncode, layOut } from "../http2/hpack/huffman.js";
import { staticNames, staticValues } from "../http2/hpack/static-table.js";

/** RFC 7541 read aloud: no ring, no cache, no limit. What the decoder does fast must be what this does. */
export class NaiveDecoder {
  /** Names and values, the newest first. */
  table: [string, string][] = [];
  readonly maxTableBytes: number;
  tableBytes = 4096;
  rest: number[] = [];
  /** What the fields of the last block were: "indexed", "added", "plain" or "never". */
  kinds: string[] = [];

  constructor(maxTableBytes: number) {
    this.maxTableBytes = maxTableBytes;
  }

  /** Names and values in turn, or `undefined` when the block is illegal. */
  decode(block: Uint8Array): string[] | undefined {
    this.rest = [...block];
    this.kinds = [];
    try {
      return this.fields().flat();
    } catch (error) {
      if (error === illegal) return undefined;
      throw error;
    }
  }

  fields(): [string, string][] {
    for (let updates = 1; this.rest.length > 0 && (this.peek() & 0xe0) === 0x20; updates++) {
      this.tableBytes = this.integer(5);
      if (updates > 2 || this.tableBytes > this.maxTableBytes) throw illegal;
      this.evict();
    }
    const fields: [string, string][] = [];
    while (this.rest.length > 0) fields.push(this.field());
    return fields;
  }

  field(): [string, string] {
    const first = this.peek();
    if (first >= 0x80) {
      this.kinds.push("indexed");
      return this.entry(this.integer(7));
    }
    if (first >= 0x20 && first < 0x40) throw illegal;
    const kind = first >= 0x40 ? "added" : first >= 0x10 ? "never" : "plain";
    this.kinds.push(kind);
    const index = this.integer(kind === "added" ? 6 : 4);
    const name = index === 0 ? this.string() : this.entry(index)[0];
    const field: [string, string] = [name, this.string()];
    if (kind === "added") {
      this.table.unshift(field);
      this.evict();
    }
    return field;
  }

  entry(index: number): [string, string] {
    const dynamic = this.table[index - 62];
    if (index === 0 || (index > 61 && dynamic === undefined)) throw illegal;
    return dynamic ?? [staticNames[index] as string, staticValues[index] as string];
  }

  evict(): void {
    while (this.bytes() > this.tableBytes) this.table.pop();
  }

  bytes(): number {
    return this.table.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
  }

  integer(prefix: number): number {
    const full = 2 ** prefix - 1;
    let value = this.next() & full;
    if (value < full) return value;
    for (let shift = 0; ; shift += 7) {
      const byte = this.next();
      value += (byte % 128) * 2 ** shift;
      if (value > 2 ** 28 || shift > 28) throw illegal;
      if (byte < 128) return value;
    }
  }

  string(): string {
    const huffman = this.peek() >= 0x80;
    const length = this.integer(7);
    if (length > this.rest.length) throw illegal;
    const bytes = this.rest.splice(0, length);
    if (!huffman) return String.fromCharCode(...bytes);
    const into = new Uint8Array(2 * length + 2);
    const decoded = huffmanDecode(Uint8Array.from(bytes), 0, length, into);
    if (decoded < 0) throw illegal;
    return String.fromCharCode(...into.subarray(0, decoded));
  }

  peek(): number {
    if (this.rest.length === 0) throw illegal;
    return this.rest[0] as number;
  }

  next(): number {
    const byte = this.peek();
    this.rest.shift();
    return byte;
  }
}

/** RFC 7541 section 5.1: an integer beside the upper bits of its first byte. */
export function integer(pattern: number, bits: number, value: number): number[] {
  const full = 2 ** bits - 1;
  if (value < full) return [pattern | value];
  const bytes = [pattern | full];
  let rest = value - full;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push(128 + (rest % 128));
  return [...bytes, rest];
}

/** RFC 7541 section 5.2: a string, as it is or Huffman-encoded. */
export function text(characters: string, huffman = false): number[] {
  const bytes = new Uint8Array(characters.length);
  const length = layOut(characters, bytes);
  if (!huffman) return [...integer(0, 7, bytes.length), ...bytes];
  const encoded = new Uint8Array(length);
  huffmanEncode(bytes, bytes.length, encoded, 0);
  return [...integer(0x80, 7, length), ...encoded];
}

/** RFC 7541 section 6, one representation each. `name` is a name or the index of one. */
export const represent = {
  indexed: (index: number): number[] => integer(0x80, 7, index),
  added: (name: string | number, value: string, huffman = false): number[] => literal(0x40, 6, name, value, huffman),
  plain: (name: string | number, value: string, huffman = false): number[] => literal(0x00, 4, name, value, huffman),
  never: (name: string | number, value: string, huffman = false): number[] => literal(0x10, 4, name, value, huffman),
  tableSize: (bytes: number): number[] => integer(0x20, 5, bytes),
};

function literal(pattern: number, bits: number, name: string | number, value: string, huffman: boolean): number[] {
  const named = typeof name === "number" ? integer(pattern, bits, name) : [pattern, ...text(name, huffman)];
  return [...named, ...text(value, huffman)];
}

const illegal = new Error("an illegal block");
