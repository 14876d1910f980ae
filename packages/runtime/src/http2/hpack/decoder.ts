import { BlockCache, type DecodedBlock } from "./block-cache.js";
import { DynamicTable, defaultTableBytes, entryOverhead } from "./dynamic-table.js";
import { huffmanDecode } from "./huffman.js";
import { staticLength, staticNames, staticValues } from "./static-table.js";
import { forget, roomFor, textOf } from "./string-bytes.js";

/** A header block that RFC 7541 does not allow: a connection error of the type COMPRESSION_ERROR. */
export class HpackError extends Error {
  override readonly name = "HpackError";
}

export interface HpackDecoderLimits {
  /** What was announced as SETTINGS_HEADER_TABLE_SIZE. The table has 4096 bytes until the peer says otherwise. */
  readonly maxTableBytes: number;
  /** How much a list may weigh: each name, value and 32 (RFC 9113 section 6.5.2). */
  readonly maxListBytes: number;
  readonly maxPairs: number;
}

/** RFC 7541 section 5.1 lets a decoder bound integers. */
const maxInteger = 2 ** 28;

/** Decodes the header blocks of one connection, in their order. */
export class HpackDecoder {
  readonly limits: HpackDecoderLimits;
  readonly table: DynamicTable = new DynamicTable();
  readonly cache: BlockCache = new BlockCache();
  /** The largest table that the peer may use just now. */
  maxTableBytes: number;
  /** The peer has acknowledged a smaller table than it uses: its next block begins with a size. */
  sizeDue = false;
  bytes: Uint8Array = nothing;
  /** What is read next, and where the block ends. */
  at = 0;
  end = 0;
  /** Whether the block has a field that is never indexed. */
  secret = false;
  /** How many bytes the string had that was read last. */
  stringLength = 0;

  constructor(limits: HpackDecoderLimits) {
    this.limits = limits;
    this.maxTableBytes = limits.maxTableBytes;
  }

  /** Until the peer has heard of a smaller table it goes by the protocol's (RFC 9113 section 6.5.3). */
  allowDefaultTable(): void {
    this.maxTableBytes = Math.max(this.limits.maxTableBytes, defaultTableBytes);
  }

  /** The peer has heard of the table that was announced (RFC 9113 section 4.3.1). */
  endDefaultTable(): void {
    const { maxTableBytes } = this.limits;
    this.maxTableBytes = maxTableBytes;
    if (this.table.maxBytes <= maxTableBytes) return;
    this.sizeDue = true;
    // No block that is kept begins with one.
    this.table.version++;
  }

  /** Decodes the block `bytes[start, end)`. @throws HpackError after which the connection cannot go on. */
  decode(bytes: Uint8Array, start: number, end: number): DecodedBlock {
    const { table, cache } = this;
    const { version } = table;
    const cached = cache.find(bytes, start, end, version);
    if (cached !== undefined) return cached;
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    this.secret = false;
    try {
      this.readTableSizes();
      const block = this.readFields();
      if (table.version === version && !this.secret && block.tooLarge === undefined) {
        cache.keep(bytes, start, end, version, block);
      }
      return block;
    } finally {
      this.bytes = nothing;
    }
  }

  /** RFC 7541 section 4.2: at most two updates, before the first field. */
  readTableSizes(): void {
    for (let updates = 0; this.at < this.end && ((this.bytes[this.at] as number) & 0xe0) === 0x20; updates++) {
      const size = this.readInteger(0x1f);
      if (updates === 2) throw new HpackError("more than two updates of the table size");
      if (size > this.maxTableBytes) {
        throw new HpackError(`a table of ${size} bytes, above the announced ${this.maxTableBytes}`);
      }
      this.table.resize(size);
      this.sizeDue = false;
    }
    if (this.sizeDue) {
      throw new HpackError(
        `no size of the table, where the smaller one of ${this.maxTableBytes} bytes was acknowledged`,
      );
    }
  }

  readFields(): DecodedBlock {
    const { table, bytes, end } = this;
    const { maxListBytes, maxPairs } = this.limits;
    const fields: string[] = [];
    let size = 0;
    let pairs = 0;
    let tooLarge: DecodedBlock["tooLarge"];
    while (this.at < end) {
      const first = bytes[this.at] as number;
      let name: string;
      let value: string;
      if (first >= 0x80) {
        // Section 6.1: an indexed field.
        const index = this.readInteger(0x7f);
        name = this.nameOf(index);
        value = index <= staticLength ? (staticValues[index] as string) : this.dynamicValue(index);
        size += name.length + value.length + entryOverhead;
      } else {
        // Section 6.2: a literal with indexing, without, or never indexed.
        if (first >= 0x20 && first < 0x40) throw new HpackError("an update of the table size after a field");
        const indexed = first >= 0x40;
        const never = !indexed && first >= 0x10;
        const index = this.readInteger(indexed ? 0x3f : 0x0f);
        // An entry needs its strings in any case. Otherwise none are made that the list has no room for.
        const most = indexed ? Number.POSITIVE_INFINITY : tooLarge === undefined && pairs < maxPairs ? maxListBytes : 0;
        if (index === 0) {
          name = this.readString(most - size);
          size += this.stringLength + entryOverhead;
        } else {
          name = this.nameOf(index);
          size += name.length + entryOverhead;
        }
        value = this.readString(most - size);
        size += this.stringLength;
        if (indexed) {
          table.add(name, value);
        } else if (never) {
          this.secret = true;
          forget(this.stringLength);
        }
      }
      pairs++;
      if (tooLarge !== undefined) continue;
      if (size > maxListBytes) tooLarge = "bytes";
      else if (pairs > maxPairs) tooLarge = "pairs";
      else fields.push(name, value);
    }
    return { fields, size, tooLarge };
  }

  nameOf(index: number): string {
    if (index <= staticLength && index > 0) return staticNames[index] as string;
    return this.table.names[this.slotOf(index)] as string;
  }

  dynamicValue(index: number): string {
    return this.table.values[this.slotOf(index)] as string;
  }

  slotOf(index: number): number {
    const { table } = this;
    const back = index - staticLength - 1;
    if (back < 0 || back >= table.length) throw new HpackError(`no entry has the index ${index}`);
    return (table.inserted - back) & table.mask;
  }

  /** Section 5.1. `prefix` are the bits of the first byte that belong to it. */
  readInteger(prefix: number): number {
    const { bytes, end } = this;
    let value = (bytes[this.at++] as number) & prefix;
    if (value < prefix) return value;
    for (let factor = 1; factor <= maxInteger; factor *= 128) {
      if (this.at >= end) throw new HpackError("the block ends within an integer");
      const byte = bytes[this.at++] as number;
      value += (byte & 127) * factor;
      if (byte >= 128) continue;
      if (value <= maxInteger) return value;
      break;
    }
    throw new HpackError(`an integer above ${maxInteger}, or with more bytes than that needs`);
  }

  /** Section 5.2. What is longer than `room` is checked, and no string is made of it. */
  readString(room: number): string {
    const { bytes, end } = this;
    if (this.at >= end) throw new HpackError("the block ends before a string");
    const huffman = (bytes[this.at] as number) >= 0x80;
    const length = this.readInteger(0x7f);
    const start = this.at;
    if (length > end - start) throw new HpackError(`a string of ${length} bytes where ${end - start} are left`);
    this.at = start + length;
    if (!huffman) {
      this.stringLength = length;
      return length <= room ? textOf(bytes, start, length) : "";
    }
    const plain = roomFor(2 * length + 2);
    this.stringLength = huffmanDecode(bytes, start, start + length, plain);
    if (this.stringLength < 0) throw new HpackError("a string that is not Huffman-encoded as it should be");
    return this.stringLength <= room ? textOf(plain, 0, this.stringLength) : "";
  }
}

const nothing = new Uint8Array(0);
