// Lists and blocks of one connection, the same for the same seed.

export class Random {
  constructor(seed) {
    // Weyl steps and a mix, so that neighbouring seeds have nothing in common.
    this.state = Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) | 0;
  }

  /** 32 bits. */
  next() {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** From 0 to `n` - 1. */
  below(n) {
    return this.next() % n;
  }

  chance(percent) {
    return this.below(100) < percent;
  }

  pick(list) {
    return list[this.below(list.length)];
  }
}

const commonNames = [
  ...[":authority", ":method", ":path", ":scheme", ":status", "content-type", "content-length", "user-agent", "te"],
  ...["accept-encoding", "grpc-timeout", "grpc-status", "grpc-message", "x-request-id", "traceparent", "date", "etag"],
  ...["authorization", "cookie", "set-cookie", "vary", "www-authenticate", "x-a", "x-b", "x-c", ""],
];
const commonValues = [
  ...[
    "GET",
    "POST",
    "/",
    "/index.html",
    "http",
    "https",
    "200",
    "204",
    "500",
    "gzip, deflate",
    "trailers",
    "",
    "0",
    "1",
  ],
  ...["application/grpc+proto", "application/json", "localhost:8080", "/connectrpc.eliza.v1.ElizaService/Say", "10S"],
];
const alphabets = [
  "0123456789abcdef-",
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=",
  Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join(""),
  Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join(""),
  "\xff\x00\x16\n\r",
  "a",
];

export const neverIndexed = new Set(["authorization", "cookie", "set-cookie"]);
export const isNever = (name) => neverIndexed.has(name);

/** Long texts of each alphabet, of which texts are parts. */
const poolLength = 1 << 18;
const pools = alphabets.map((alphabet, i) => {
  const random = new Random(i);
  return Array.from({ length: poolLength }, () => alphabet[random.below(alphabet.length)]).join("");
});

function text(random, length) {
  const at = random.below(poolLength - length);
  return random.pick(pools).slice(at, at + length);
}

function lengthOf(random, tableBytes) {
  const kind = random.below(100);
  if (kind < 70) return random.below(40);
  if (kind < 90) return 40 + random.below(100);
  // Around what one byte of length can say, what the table can hold, and beyond.
  if (kind < 94) return 125 + random.below(5);
  if (kind < 96) return Math.max(0, tableBytes - 36 + random.below(5));
  if (kind < 98) return 250 + random.below(10);
  return random.below(kind === 99 ? 9000 : 1500);
}

function field(random, tableBytes) {
  const name = random.chance(85) ? random.pick(commonNames) : text(random, lengthOf(random, tableBytes) >> 2);
  const value = random.chance(55) ? random.pick(commonValues) : text(random, lengthOf(random, tableBytes));
  return [name, value];
}

/** Lists as a connection has them: a few kinds, which come again with a value or two that differ; and any others. */
export class Lists {
  constructor(random, tableBytes) {
    this.random = random;
    this.tableBytes = tableBytes;
    this.kinds = Array.from({ length: 1 + random.below(4) }, () => this.fresh());
  }

  fresh() {
    const { random } = this;
    const list = [];
    for (let i = random.below(random.chance(95) ? 10 : 80); i >= 0; i--) list.push(...field(random, this.tableBytes));
    return list;
  }

  next() {
    const { random } = this;
    const kind = random.below(100);
    if (kind < 15) return this.fresh();
    const list = random.pick(this.kinds);
    if (kind < 50) return list;
    const changed = list.slice();
    for (let i = random.below(3); i >= 0; i--) {
      const at = 2 * random.below(changed.length / 2);
      if (random.chance(80)) changed[at + 1] = text(random, lengthOf(random, this.tableBytes));
      else changed.splice(at, 2, ...(random.chance(50) ? field(random, this.tableBytes) : []));
      if (changed.length === 0) return list;
    }
    return changed;
  }
}

/** Sizes of tables that tests should meet. */
export function tableSize(random, most) {
  const size = random.pick([0, 1, 32, 33, 64, 100, 200, 500, 1000, 4095, 4096, 4097, 16384, random.below(70000)]);
  return Math.min(size, most);
}

/** Blocks that are mostly legal, and then not: written one representation after the other, or by changing others. */
export class Blocks {
  constructor(random, huffmanOf) {
    this.random = random;
    this.huffmanOf = huffmanOf;
    this.last = Buffer.from([0x82]);
  }

  /** `encoded` is a block that an encoder made. */
  next(encoded) {
    const { random } = this;
    const kind = random.below(100);
    let block = kind < 35 ? encoded : kind < 90 ? this.written() : this.any();
    if (kind < 80 && random.chance(35)) block = this.changed(block);
    this.last = block;
    return block;
  }

  any() {
    return Buffer.from(Array.from({ length: this.random.below(24) }, () => this.random.below(256)));
  }

  written() {
    const { random } = this;
    const bytes = [];
    for (let i = random.chance(15) ? 1 + random.below(3) : 0; i > 0; i--) {
      this.integer(bytes, 0x20, 5, tableSize(random, 1 << 17));
    }
    for (let i = random.below(8); i > 0; i--) this.representation(bytes);
    return Buffer.from(bytes);
  }

  representation(bytes) {
    const { random } = this;
    const kind = random.below(100);
    const index = random.chance(97)
      ? 1 + random.below(66)
      : random.pick([0, 62, 127, 128, 190, 5000, 2 ** 28, 2 ** 32]);
    if (kind < 45) {
      this.integer(bytes, 0x80, 7, index);
    } else if (kind < 97) {
      const [pattern, bits] = random.pick([
        [0x40, 6],
        [0x40, 6],
        [0x00, 4],
        [0x10, 4],
      ]);
      const named = random.chance(60);
      this.integer(bytes, pattern, bits, named ? index : 0);
      if (!named) this.string(bytes, random.pick(commonNames));
      this.string(bytes, random.chance(60) ? random.pick(commonValues) : text(random, lengthOf(random, 100)));
    } else {
      this.integer(bytes, 0x20, 5, tableSize(random, 1 << 17));
    }
  }

  integer(bytes, pattern, bits, value) {
    const full = 2 ** bits - 1;
    // Now and then with zeros at the end, which the format allows.
    const zeros = this.random.below(300) === 0 ? this.random.below(7) : 0;
    if (value < full) return bytes.push(pattern | value);
    bytes.push(pattern | full);
    let rest = value - full;
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push(128 + (rest % 128));
    if (zeros === 0) return bytes.push(rest);
    bytes.push(128 + rest);
    for (let i = 1; i < zeros; i++) bytes.push(128);
    return bytes.push(0);
  }

  string(bytes, characters) {
    const { random } = this;
    // As it is, Huffman-encoded, or any bytes that are said to be: short ones often are.
    const kind = random.below(100);
    let content = kind < 70 ? Buffer.from(characters, "latin1") : this.huffmanOf(characters);
    if (kind >= 90)
      content = Array.from({ length: random.below(7) }, () => (random.chance(40) ? 0xff : random.below(256)));
    const length = random.below(400) === 0 ? random.below(300) : content.length;
    this.integer(bytes, kind < 70 ? 0 : 0x80, 7, length);
    for (const byte of content) bytes.push(byte);
  }

  /** One to three changes of what is often a boundary: a bit, a byte, the end, a part of another block. */
  changed(block) {
    const { random } = this;
    let bytes = [...block];
    for (let i = random.below(3); i >= 0; i--) {
      const at = random.below(bytes.length + 1);
      const kind = random.below(7);
      if (kind === 0 && at < bytes.length) bytes[at] ^= 1 << random.below(8);
      else if (kind === 1 && at < bytes.length) bytes[at] = random.below(256);
      else if (kind === 2) bytes.splice(at, 0, random.below(256));
      else if (kind === 3) bytes.splice(at, 1);
      else if (kind === 4) bytes = bytes.slice(0, at);
      else if (kind === 5)
        bytes.splice(at, 0, ...this.last.subarray(random.below(this.last.length + 1)).subarray(0, 40));
      else if (at < bytes.length) bytes[at] = random.pick([0x00, 0x0f, 0x1f, 0x3f, 0x7f, 0x80, 0xff]);
    }
    return Buffer.from(bytes);
  }
}
