// Reads header blocks as RFC 7541 says, in the plainest way, and keeps how each field was written. It shares nothing with the runtime.
import { type Entry, eos, huffmanTree, type Node, staticTable } from "./hpack-tables.js";

/** How a string was written. */
interface Text {
  readonly text: string;
  readonly huffman: boolean;
}

/** A field of a block, and how it was written. */
export interface Written {
  readonly name: string;
  readonly value: string;
  readonly how: "indexed" | "added" | "plain" | "never";
  /** The index of the field or of its name; 0: the name was written out. */
  readonly index: number;
  /** What was written out. */
  readonly texts: readonly Text[];
  /** Whether the tables had the field, and a field of its name, when it was written. */
  readonly known: boolean;
  readonly nameKnown: boolean;
  /** Whether a table that takes half of its size for one entry has room for it. */
  readonly fitsHalf: boolean;
}

export interface Block {
  readonly fields: readonly Written[];
  /** Sizes of the table that it begins with. */
  readonly sizes: readonly number[];
}

/** A block that no encoder may write. */
export class WrongBlock extends Error {}

/** What decoders of ours take, where RFC 7541 section 5.1 lets them choose. */
const mostOfInteger = 2 ** 28;
const mostBytesOfInteger = 5;

/** What a field weighs in a table (section 4.1). */
const weightOf = ([name, value]: Entry): number => name.length + value.length + 32;

/** The dynamic table of one direction (section 2.3.2), the newest entry first. */
export class PlainTable {
  readonly entries: Entry[] = [];
  size = 4096;

  get weight(): number {
    return this.entries.reduce((sum, entry) => sum + weightOf(entry), 0);
  }

  resize(size: number): void {
    this.size = size;
    while (this.weight > size) this.entries.pop();
  }

  add(entry: Entry): void {
    this.entries.unshift(entry);
    while (this.weight > this.size) this.entries.pop();
  }

  at(index: number): Entry | undefined {
    return index <= staticTable.length ? staticTable[index - 1] : this.entries[index - staticTable.length - 1];
  }

  /** The indices of all entries for which something holds. */
  indicesOf(holds: (entry: Entry) => boolean): readonly number[] {
    return [...staticTable, ...this.entries].flatMap((entry, at) => (holds(entry) ? [at + 1] : []));
  }

  has(name: string, value?: string): boolean {
    const same = (entry: Entry): boolean => entry[0] === name && (value === undefined || entry[1] === value);
    return this.entries.some(same) || staticTable.some(same);
  }
}

/** Reads the blocks of one direction of a connection. */
export class HpackReader {
  readonly table: PlainTable = new PlainTable();
  /** The largest table that the writer may use: what the reader has announced, once that was acknowledged. */
  limit = 4096;
  /** The smallest that was announced since the last block: it is taken up before others (section 4.2). */
  least = 4096;
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;

  /** The writer knows of another limit. */
  announce(limit: number): void {
    this.limit = limit;
    this.least = Math.min(this.least, limit);
  }

  /** @throws WrongBlock */
  read(bytes: Uint8Array): Block {
    this.bytes = bytes;
    this.at = 0;
    const sizes: number[] = [];
    // RFC 9113 section 4.3.1.
    const due = this.least < this.table.size ? this.least : Number.POSITIVE_INFINITY;
    this.least = this.limit;
    while (this.at < bytes.byteLength && this.peek() >> 5 === 1) {
      const size = this.integer(5);
      if (sizes.push(size) > 2) throw new WrongBlock("three sizes of the table");
      if (size > this.limit) throw new WrongBlock(`a table of ${size} bytes, where ${this.limit} are allowed`);
      this.table.resize(size);
    }
    if ((sizes[0] ?? 2 ** 32) > due) throw new WrongBlock("the smaller table was not taken up");
    const fields: Written[] = [];
    while (this.at < bytes.byteLength) fields.push(this.field());
    return { fields, sizes };
  }

  field(): Written {
    const first = this.peek();
    if (first >= 128) {
      const index = this.integer(7);
      const [name, value] = this.entry(index);
      return { name, value, how: "indexed", index, texts: [], known: true, nameKnown: true, fitsHalf: true };
    }
    if (first >= 32 && first < 64) throw new WrongBlock("a size of the table after a field");
    const how = first >= 64 ? "added" : first >= 16 ? "never" : "plain";
    const index = this.integer(how === "added" ? 6 : 4);
    const texts: Text[] = [];
    if (index === 0) texts.push(this.text());
    const name = index === 0 ? (texts[0] as Text).text : this.entry(index)[0];
    const last = this.text();
    texts.push(last);
    const value = last.text;
    const { table } = this;
    const written: Written = {
      name,
      value,
      how,
      index,
      texts,
      known: table.has(name, value),
      nameKnown: table.has(name),
      fitsHalf: 2 * weightOf([name, value]) <= table.size,
    };
    if (how === "added") table.add([name, value]);
    return written;
  }

  entry(index: number): Entry {
    const entry = this.table.at(index);
    if (entry === undefined) throw new WrongBlock(`nothing has the index ${index}`);
    return entry;
  }

  /** Section 5.1: `bits` of the first byte belong to it. */
  integer(bits: number): number {
    const most = 2 ** bits - 1;
    let value = this.next() & most;
    if (value < most) return value;
    for (let n = 0; n < mostBytesOfInteger; n++) {
      const byte = this.next();
      value += (byte & 127) * 128 ** n;
      if (byte < 128 && value <= mostOfInteger) return value;
      if (byte < 128) break;
    }
    throw new WrongBlock("an integer that is too large, or too long");
  }

  /** Section 5.2. */
  text(): Text {
    const huffman = this.peek() >= 128;
    const length = this.integer(7);
    if (this.at + length > this.bytes.byteLength) throw new WrongBlock("a string that is longer than the block");
    const bytes = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return { text: huffman ? huffmanText(bytes) : textOf(bytes), huffman };
  }

  peek(): number {
    if (this.at >= this.bytes.byteLength) throw new WrongBlock("it ends within a field");
    return this.bytes[this.at] as number;
  }

  next(): number {
    const byte = this.peek();
    this.at++;
    return byte;
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** What long strings said: the same ones come again and again. */
const known = new Map<string, string>();
const longBytes = 2000;
const mostKnown = 100;

function huffmanText(bytes: Uint8Array): string {
  if (bytes.byteLength < longBytes) return huffmanTextOf(bytes);
  const written = textOf(bytes);
  const text = known.get(written) ?? huffmanTextOf(bytes);
  if (known.size < mostKnown) known.set(written, text);
  return text;
}

/** Bit by bit. What is left at the end has to be the beginning of EOS, and less than a byte. */
function huffmanTextOf(bytes: Uint8Array): string {
  const found: number[] = [];
  let node: Node = huffmanTree;
  let open = 0;
  let ones = true;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const one = (byte >> bit) & 1;
      open++;
      ones &&= one === 1;
      const next: Node | undefined = (node as readonly [Node | undefined, Node | undefined])[one];
      if (next === undefined || next === eos) throw new WrongBlock("EOS, or no code of Huffman's");
      node = next;
      if (typeof node !== "number") continue;
      found.push(node);
      node = huffmanTree;
      open = 0;
      ones = true;
    }
  }
  if (open > 7 || !ones) throw new WrongBlock("a padding that is none");
  return textOf(Uint8Array.from(found));
}
