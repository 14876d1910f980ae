/** A head as it came: a request's or a response's. Heads may be shared: whoever changes a list copies it first. */
export class Head {
  /** Everything, in order: names and values in turn. */
  readonly fields: readonly string[];
  /** `fields` without the pseudo-header fields. */
  readonly headers: readonly string[];
  /** Of a request; empty in a response. */
  readonly method: string;
  /** `http` or `https`, as the client says. */
  readonly scheme: string;
  /** `:authority`, or `host` where there is none. */
  readonly authority: string;
  /** Path and query. */
  readonly path: string;
  /** Of a response; 0 in a request. */
  readonly status: number;
  /** -1: not told. */
  readonly contentLength: number;
  /** The request waits for `100 Continue` before its body. */
  readonly expectsContinue: boolean;

  /** @internal */
  constructor(fields: readonly string[], headers: readonly string[], pseudo: Pseudo, regular: Regular) {
    this.fields = fields;
    this.headers = headers;
    this.method = pseudo.method ?? "";
    this.scheme = pseudo.scheme ?? "";
    this.authority = pseudo.authority ?? regular.host ?? "";
    this.path = pseudo.path ?? "";
    this.status = pseudo.status === undefined ? 0 : Number(pseudo.status);
    this.contentLength = regular.contentLength;
    this.expectsContinue = regular.expectsContinue;
  }
}

interface Pseudo {
  method: string | undefined;
  scheme: string | undefined;
  authority: string | undefined;
  path: string | undefined;
  status: string | undefined;
}

interface Regular {
  host: string | undefined;
  contentLength: number;
  expectsContinue: boolean;
}

/** A token of RFC 9110 section 5.6.2, in lower case (RFC 9113 section 8.2). */
const nameRule = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const methodRule = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 section 5.5. RFC 9113 forbids less, and other stacks refuse what it leaves. */
const valueRule = /^[\t\x20-\x7e\x80-\xff]*$/;
const padded = /^[\t ]|[\t ]$/;
const schemeRule = /^[A-Za-z][A-Za-z0-9+.-]*$/;
const pathRule = /^(?:\/[\x21-\x7e\x80-\xff]*|\*)$/;
/** No user information (RFC 9113 section 8.3.1). */
const authorityRule = /^[\x21-\x3f\x41-\x7e]*$/;
const statusRule = /^[1-9][0-9][0-9]$/;
const lengthRule = /^[0-9]{1,15}$/;
/** What belongs to one HTTP/1.1 connection (RFC 9113 section 8.2.2). @internal */
export const connectionFields: ReadonlySet<string> = new Set([
  "connection",
  "proxy-connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
]);

/** How many strings of a list are remembered. */
const maxRemembered = 64;

/** Holds header lists against the rules of RFC 9113 sections 8.2 and 8.3. One for each direction of a connection. */
export class FieldRules {
  /** Refuse values with spaces around them, which peers in use send. */
  readonly strict: boolean;
  /** What passed at each place: the same string there needs no second look. A list of its own, because others may change. */
  readonly passed: string[];
  head: Head | undefined;

  constructor(strict: boolean) {
    this.strict = strict;
    this.passed = [];
    this.head = undefined;
  }

  /** The head, or what is wrong with it. */
  request(fields: readonly string[]): Head | string {
    if (this.head !== undefined && this.head.fields === fields) return this.head;
    const head = this.read(fields);
    if (typeof head === "string") return head;
    if (head.status !== 0) return ":status in a request";
    if (head.method === "") return "no :method";
    if (head.method === "CONNECT") return this.keep(head);
    if (head.scheme === "") return "no :scheme";
    if (head.path === "") return "no :path";
    return this.keep(head);
  }

  /** The head, or what is wrong with it. */
  response(fields: readonly string[]): Head | string {
    if (this.head !== undefined && this.head.fields === fields) return this.head;
    const head = this.read(fields);
    if (typeof head === "string") return head;
    if (head.status === 0) return "no :status";
    if (head.status === 101) return "status 101";
    if (head.fields[2]?.charCodeAt(0) === 0x3a) return "a pseudo-header field beside :status";
    return this.keep(head);
  }

  keep(head: Head): Head {
    this.head = head;
    return head;
  }

  /** The trailers, or what is wrong with them. */
  trailers(fields: readonly string[]): readonly string[] | { readonly wrong: string } {
    const checked = this.check(fields);
    if (typeof checked === "string") return { wrong: checked };
    for (let i = 0; i < fields.length; i += 2) {
      if ((fields[i] as string).charCodeAt(0) === 0x3a) return { wrong: "a pseudo-header field in trailers" };
    }
    return checked;
  }

  read(given: readonly string[]): Head | string {
    const fields = this.check(given);
    if (typeof fields === "string") return fields;
    const pseudo: Pseudo = {
      method: undefined,
      scheme: undefined,
      authority: undefined,
      path: undefined,
      status: undefined,
    };
    let at = 0;
    for (; at < fields.length && (fields[at] as string).charCodeAt(0) === 0x3a; at += 2) {
      const wrong = takePseudo(pseudo, fields[at] as string, fields[at + 1] as string);
      if (wrong !== undefined) return wrong;
    }
    const regular: Regular = { host: undefined, contentLength: -1, expectsContinue: false };
    for (let i = at; i < fields.length; i += 2) {
      const wrong = takeRegular(regular, fields[i] as string, fields[i + 1] as string);
      if (wrong !== undefined) return wrong;
    }
    if (pseudo.authority !== undefined && regular.host !== undefined && regular.host !== pseudo.authority) {
      return "host is not :authority";
    }
    return new Head(given, fields.slice(at), pseudo, regular);
  }

  /** Names and values alone. The list itself when nothing had to be trimmed. */
  check(fields: readonly string[]): readonly string[] | string {
    const { passed } = this;
    let trimmed: string[] | undefined;
    for (let i = 0; i < fields.length; i += 2) {
      const name = fields[i] as string;
      const value = fields[i + 1] as string;
      if (name !== passed[i]) {
        const wrong = checkName(name);
        if (wrong !== undefined) return wrong;
        if (i < maxRemembered) passed[i] = name;
      }
      if (value === passed[i + 1]) continue;
      if (!valueRule.test(value)) return `a character in the value of ${name} that HTTP does not allow`;
      if (!padded.test(value)) {
        if (i < maxRemembered) passed[i + 1] = value;
        continue;
      }
      if (this.strict) return `spaces around the value of ${name}`;
      trimmed ??= fields.slice();
      trimmed[i + 1] = unpadded(value);
    }
    return trimmed ?? fields;
  }
}

/** Without the spaces around it. A regular expression would take the square of the spaces inside. */
function unpadded(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isSpace(value.charCodeAt(start))) start++;
  while (start < end && isSpace(value.charCodeAt(end - 1))) end--;
  return value.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** What is wrong with a field's name. */
function checkName(name: string): string | undefined {
  if (name.charCodeAt(0) === 0x3a) return undefined;
  if (!nameRule.test(name)) return "a field name that is not a token in lower case";
  return connectionFields.has(name) ? `the field ${name}, which belongs to HTTP/1.1` : undefined;
}

function takePseudo(pseudo: Pseudo, name: string, value: string): string | undefined {
  switch (name) {
    case ":method":
      if (pseudo.method !== undefined) return ":method twice";
      pseudo.method = value;
      return methodRule.test(value) ? undefined : "a :method that is not a token";
    case ":scheme":
      if (pseudo.scheme !== undefined) return ":scheme twice";
      pseudo.scheme = value;
      return schemeRule.test(value) ? undefined : "an invalid :scheme";
    case ":authority":
      if (pseudo.authority !== undefined) return ":authority twice";
      pseudo.authority = value;
      return authorityRule.test(value) ? undefined : "an invalid :authority";
    case ":path":
      if (pseudo.path !== undefined) return ":path twice";
      pseudo.path = value;
      return pathRule.test(value) ? undefined : "an invalid :path";
    case ":status":
      if (pseudo.status !== undefined) return ":status twice";
      pseudo.status = value;
      return statusRule.test(value) ? undefined : "an invalid :status";
    default:
      return "an unknown pseudo-header field";
  }
}

function takeRegular(regular: Regular, name: string, value: string): string | undefined {
  switch (name) {
    case "content-length":
      return takeLength(regular, value);
    case "host":
      if (regular.host !== undefined && regular.host !== value) return "two different host fields";
      regular.host = value;
      return authorityRule.test(value) ? undefined : "an invalid host";
    case "te":
      return value.toLowerCase() === "trailers" ? undefined : "a te field other than trailers";
    case "expect":
      regular.expectsContinue = value.toLowerCase() === "100-continue";
      return undefined;
    default:
      return name.charCodeAt(0) === 0x3a ? "a pseudo-header field after others" : undefined;
  }
}

function takeLength(regular: Regular, value: string): string | undefined {
  if (!lengthRule.test(value)) return "a content-length that is not a number";
  const length = Number(value);
  if (regular.contentLength !== -1 && regular.contentLength !== length) return "two different content-length fields";
  regular.contentLength = length;
  return undefined;
}

/** The size of a header list, as RFC 9113 section 6.5.2 counts it. */
export function listBytes(fields: readonly string[]): number {
  let size = fields.length * 16;
  for (let i = 0; i < fields.length; i++) size += (fields[i] as string).length;
  return size;
}
