import type { ByteSink } from "../frame/byte-sink.js";
import { defaultTableBytes } from "./dynamic-table.js";
import { EncoderTable } from "./encoder-table.js";
import { huffmanEncode, layOut } from "./huffman.js";
import { forget, roomFor } from "./string-bytes.js";

export interface HpackEncoderOptions {
  /** The most that is used of the table that the peer offers. */
  readonly maxTableBytes: number;
  /** The lower-case names of fields that no table on the way may keep (RFC 7541 section 7.1.3). */
  readonly neverIndexed: ReadonlySet<string>;
}

/** The last block of its shape: the fields that were one byte each, as long as the table stands. */
interface Template {
  readonly version: number;
  /** Names and values in turn. Fields that had no entry are `undefined`: no value is kept that is not in a table. */
  readonly fields: readonly (string | undefined)[];
  readonly bytes: readonly number[];
}

/** How many shapes of lists are told apart, a power of two, and how many strings a list may have. */
const shapes = 32;
const longestTemplate = 2 * 64;

/** Encodes the header blocks of one connection, in their order. */
export class HpackEncoder {
  readonly options: HpackEncoderOptions;
  readonly table: EncoderTable;
  /** The size that the table has when the peer was told all. */
  tableBytes: number = defaultTableBytes;
  /** The size that the next block tells, unless that is infinite: the smallest that there was since the last block. */
  nextTableBytes: number = Number.POSITIVE_INFINITY;
  readonly templates: (Template | undefined)[] = [];

  constructor(options: HpackEncoderOptions) {
    this.options = options;
    this.table = new EncoderTable(options.neverIndexed);
    this.setPeerTableBytes(defaultTableBytes);
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE. The next blocks begin with what follows from it (RFC 7541 section 4.2). */
  setPeerTableBytes(bytes: number): void {
    const tableBytes = Math.min(bytes, this.options.maxTableBytes);
    if (tableBytes !== this.tableBytes) this.changeTableBytes(tableBytes);
  }

  /**
   * Appends the block of `fields`: names in lower case and values in turn, one character per byte.
   *
   * @throws TypeError when a character is no byte. Then nothing is appended, and the next block is as good as any.
   */
  encode(fields: readonly string[], out: ByteSink): void {
    const start = out.length;
    if (this.nextTableBytes !== Number.POSITIVE_INFINITY) this.writeTableBytes(out);
    this.table.blocks++;
    try {
      this.writeFields(fields, out);
    } catch (error) {
      out.length = start;
      // The peer does not see the entries that were made: both sides begin with an empty table again.
      const { tableBytes } = this;
      this.changeTableBytes(0);
      this.changeTableBytes(tableBytes);
      throw error;
    }
  }

  changeTableBytes(bytes: number): void {
    this.tableBytes = bytes;
    this.nextTableBytes = Math.min(this.nextTableBytes, bytes);
  }

  /**
   * RFC 7541 section 4.2: a size that is below the last one is told before that. It has a block of its own: Go's decoder
   * refuses a second update in a block when the table has entries.
   */
  writeTableBytes(out: ByteSink): void {
    const bytes = this.nextTableBytes;
    this.nextTableBytes = bytes < this.tableBytes ? this.tableBytes : Number.POSITIVE_INFINITY;
    this.table.resize(bytes);
    writeInteger(out, 0x20, 0x1f, bytes);
  }

  writeFields(fields: readonly string[], out: ByteSink): void {
    const { ring } = this.table;
    const { length } = fields;
    // Lists of a kind begin with the same name and have the same length; two kinds that share a slot do no harm.
    const shape = length > 0 ? (length + 5 * (fields[0] as string).length) & (shapes - 1) : 0;
    const template = this.templates[shape];
    const { version } = ring;
    let missed = 0;
    let i = 0;
    if (template !== undefined && template.version === version && template.fields.length === length) {
      for (; i < length && ring.version === version; i += 2) {
        if (fields[i] === template.fields[i] && fields[i + 1] === template.fields[i + 1]) {
          out.reserve(1);
          out.buffer[out.length++] = template.bytes[i >> 1] as number;
        } else {
          this.writeField(fields[i] as string, fields[i + 1] as string, out);
          if (template.fields[i] !== undefined) missed++;
        }
      }
      // A field or two of many may be another one each time: the path.
      if (i === length && missed <= 1 + (length >> 4)) return;
    }
    for (; i < length; i += 2) this.writeField(fields[i] as string, fields[i + 1] as string, out);
    // As long as entries are made a template would not be used.
    if (ring.version === version && length <= longestTemplate) this.templates[shape] = this.templateOf(fields);
  }

  templateOf(fields: readonly string[]): Template {
    const { table } = this;
    const known: (string | undefined)[] = [];
    const bytes: number[] = [];
    for (let i = 0; i < fields.length; i += 2) {
      const name = fields[i] as string;
      const value = fields[i + 1] as string;
      const entry = table.entryOf(name);
      const index = entry.never ? 0 : table.indexOf(entry, value);
      const short = index > 0 && index < 0x7f;
      known.push(short ? name : undefined, short ? value : undefined);
      bytes.push(short ? 0x80 | index : 0);
    }
    return { version: table.ring.version, fields: known, bytes };
  }

  writeField(name: string, value: string, out: ByteSink): void {
    const { table } = this;
    const entry = table.entryOf(name);
    const index = entry.never ? 0 : table.indexOf(entry, value);
    if (index > 0) {
      writeInteger(out, 0x80, 0x7f, index);
    } else if (entry.never) {
      writeLiteral(out, 0x10, 0x0f, table.indexOfName(entry), name, value);
      forget(value.length);
    } else if (table.isWorthAnEntry(entry, value)) {
      writeLiteral(out, 0x40, 0x3f, table.indexOfName(entry), name, value);
      table.add(entry, value);
    } else {
      writeLiteral(out, 0x00, 0x0f, table.indexOfName(entry), name, value);
    }
  }
}

/** RFC 7541 section 6.2: `pattern` says which literal, `prefix` are the bits of the name's index. */
function writeLiteral(
  out: ByteSink,
  pattern: number,
  prefix: number,
  index: number,
  name: string,
  value: string,
): void {
  writeInteger(out, pattern, prefix, index);
  if (index === 0) writeString(out, name);
  writeString(out, value);
}

/** RFC 7541 section 5.1. */
function writeInteger(out: ByteSink, pattern: number, prefix: number, value: number): void {
  out.reserve(6);
  const { buffer } = out;
  if (value < prefix) {
    buffer[out.length++] = pattern | value;
    return;
  }
  buffer[out.length++] = pattern | prefix;
  let rest = value - prefix;
  for (; rest >= 128; rest >>>= 7) buffer[out.length++] = 128 | (rest & 127);
  buffer[out.length++] = rest;
}

/** Huffman decoding a long text costs more than it saves when it is hardly shorter: base64 is 18 % shorter, 4 µs later. */
const longText = 64;

/** RFC 7541 section 5.2: Huffman-encoded where that is shorter, long texts where it is shorter by a fifth. */
function writeString(out: ByteSink, text: string): void {
  const { length } = text;
  const bytes = roomFor(length);
  const encoded = layOut(text, bytes);
  if (encoded < (length > longText ? 0.8 * length : length)) {
    writeInteger(out, 0x80, 0x7f, encoded);
    out.reserve(encoded);
    out.length = huffmanEncode(bytes, length, out.buffer, out.length);
    return;
  }
  writeInteger(out, 0x00, 0x7f, length);
  out.reserve(length);
  const { buffer } = out;
  const at = out.length;
  if (length > longText) buffer.set(bytes.subarray(0, length), at);
  else for (let i = 0; i < length; i++) buffer[at + i] = bytes[i] as number;
  out.length = at + length;
}
