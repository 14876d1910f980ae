// Writes header blocks in all ways that RFC 7541 allows, and in some that it does not: what peers of ours have to read.
import type { Chance } from "./chance.js";
import { PlainTable } from "./hpack-reader.js";
import { eos, huffmanCodes } from "./hpack-tables.js";
import type { Field } from "./strange-requests.js";

type Bytes = readonly number[];

/** Section 5.1: beside the upper bits of its first byte, with bytes more than it needs. */
function integer(pattern: number, bits: number, value: number, more = 0): number[] {
  const most = 2 ** bits - 1;
  if (value < most) return [pattern | value];
  const result = [pattern | most];
  let rest = value - most;
  for (; rest > 127; rest = Math.floor(rest / 128)) result.push((rest % 128) | 128);
  if (more === 0) return [...result, rest];
  return [...result, rest | 128, ...new Array<number>(more - 1).fill(128), 0];
}

/** Section 5.2: the padding is the beginning of EOS. */
function huffman(codes: readonly number[]): number[] {
  const result: number[] = [];
  let byte = 1;
  const put = (bit: number): void => {
    byte = (byte << 1) | bit;
    if (byte < 256) return;
    result.push(byte & 255);
    byte = 1;
  };
  for (const code of codes) {
    const text = huffmanCodes[code] as string;
    for (let i = 0; i < text.length; i++) put(text.charCodeAt(i) & 1);
  }
  while (byte > 1) put(1);
  return result;
}

const charsOf = (text: string): number[] => [...Buffer.from(text, "latin1")];

/** Writes the blocks of one direction of a connection. */
export class HpackWriter {
  readonly chance: Chance;
  readonly table: PlainTable = new PlainTable();
  /** What the reader has announced, once it is known to. */
  limit = 4096;

  constructor(chance: Chance) {
    this.chance = chance;
  }

  /** The block of a list, in any way. */
  write(list: readonly Field[]): number[] {
    return [...this.sizes(), ...list.flatMap(([name, value]) => this.field(name, value))];
  }

  /** Those that are due, and others. */
  sizes(): Bytes {
    const { chance, table, limit } = this;
    const due = table.size > limit;
    if (!due && !chance.happens(0.15)) return [];
    const sizes = [chance.pick([0, limit, Math.min(limit, table.weight), chance.scale(0, limit)])];
    if (chance.happens(0.4)) sizes.push(chance.pick([limit, chance.scale(0, limit)]));
    for (const size of sizes) table.resize(size);
    return sizes.flatMap((size) => integer(0x20, 5, size, this.more()));
  }

  more(): number {
    return this.chance.happens(0.05) ? 1 : 0;
  }

  field(name: string, value: string): Bytes {
    const { chance, table } = this;
    const same = table.indicesOf((entry) => entry[0] === name && entry[1] === value);
    if (same.length > 0 && chance.happens(0.8)) return integer(0x80, 7, chance.pick(same), this.more());
    const [pattern, bits] = chance.pick([
      [0x40, 6],
      [0x40, 6],
      [0x00, 4],
      [0x10, 4],
    ] as const);
    const names = table.indicesOf((entry) => entry[0] === name);
    const named = names.length > 0 && chance.happens(0.8);
    const head = named ? integer(pattern, bits, chance.pick(names), this.more()) : [pattern, ...this.text(name)];
    const bytes = [...head, ...this.text(value)];
    if (pattern === 0x40) table.add([name, value]);
    return bytes;
  }

  text(text: string): Bytes {
    const chars = charsOf(text);
    if (this.chance.happens(0.5)) return [...integer(0, 7, chars.length, this.more()), ...chars];
    const coded = huffman(chars);
    return [...integer(0x80, 7, coded.length, this.more()), ...coded];
  }

  /** A block that no reader takes. Nothing can come after it. */
  wrong(): { readonly bytes: Bytes; readonly why: string } {
    const { chance, table } = this;
    const text = (bytes: Bytes): Bytes => [0x00, 1, 0x61, ...integer(0x80, 7, bytes.length), ...bytes];
    const beyond = 62 + table.entries.length + chance.pick([0, 0, 1, 100]);
    const [why, bytes] = chance.pick<readonly [string, Bytes]>([
      ["index 0", [0x80]],
      ["an index without an entry", integer(0x80, 7, beyond)],
      ["a name's index without an entry", [...integer(0x40, 6, beyond), 1, 0x61]],
      ["a name's index without an entry", [...integer(0x10, 4, beyond), 1, 0x61]],
      ["EOS", text(huffman([...charsOf("text"), eos]))],
      ["EOS and more", text(huffman([eos, ...charsOf("more")]))],
      ["a padding of zeros", text([0x18])],
      ["a padding of a one and zeros", text([0x1c])],
      ["a padding of a byte", text([...huffman(charsOf("0000000a")), 0xff])],
      ["a padding of a byte and some", text([...huffman(charsOf("text")), 0xff])],
      ["a long code that is cut", text(huffman([10]).slice(0, 3))],
      ["a long code that is cut", text(huffman([92]).slice(0, 2))],
      ["a size after a field", [0x82, ...integer(0x20, 5, 0)]],
      ["three sizes", [0x20, 0x20, 0x20, 0x82]],
      ["a size above the limit", integer(0x20, 5, this.limit + 1)],
      ["an integer above all bounds", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]],
      ["an integer above 2^28", integer(0x80, 7, 2 ** 28 + 1)],
      ["an integer of many bytes", integer(0x80, 7, 200, 5)],
      ["a string's length above all bounds", [0x40, 0x7f, 0xff, 0xff, 0xff, 0xff, 0x7f]],
      ["a string that is longer than the block", [0x40, 5, 0x61]],
      ["a name without a value", [0x40, 1, 0x61]],
      ["half of a value", [0x0f, 0x10, 5, 0x61]],
      ["half of an index", [0xff, 0x80]],
    ]);
    // What comes before it is as it should be.
    return {
      bytes: chance.happens(0.5) && why !== "three sizes" && !why.startsWith("a size above") ? [0x82, ...bytes] : bytes,
      why,
    };
  }
}
