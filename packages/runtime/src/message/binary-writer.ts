import { allocate } from "../http/bytes.js";

/** What all messages are written to. Only a larger one gets memory of its own. */
const slabBytes = 64 * 1024;
/** Up to this length a loop over a string's characters is faster than a call of the platform. */
const shortText = 32;
/** From this length on, room for the longest UTF-8 that there could be would be too much. */
const longText = 8 * 1024;
const textEncoder = new TextEncoder();

/**
 * Writes the wire format of protobuf. Nothing is checked here: callers know the types and ranges of what they write.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class BinaryWriter {
  bytes: Uint8Array;
  view: DataView;
  position = 0;
  /** A value was met that these methods are not for: what was written is worthless. */
  failed = false;
  /** The memory that is used again. */
  readonly slab: Uint8Array;
  readonly slabView: DataView;

  constructor() {
    this.slab = new Uint8Array(slabBytes);
    this.slabView = new DataView(this.slab.buffer);
    this.bytes = this.slab;
    this.view = this.slabView;
  }

  /** Begins a message. */
  start(headroom: number): void {
    this.bytes = this.slab;
    this.view = this.slabView;
    this.failed = false;
    for (let i = 0; i < headroom; i++) this.bytes[i] = 0;
    this.position = headroom;
  }

  /** What was written, the headroom before it. */
  finish(): Uint8Array {
    const { bytes, position } = this;
    if (bytes !== this.slab) {
      this.bytes = this.slab;
      this.view = this.slabView;
      return bytes.subarray(0, position);
    }
    const result = allocate(position);
    // Below some 40 bytes a loop is faster than the calls of `set` and `subarray`.
    if (position < 40) for (let i = 0; i < position; i++) result[i] = bytes[i] as number;
    else result.set(bytes.subarray(0, position));
    return result;
  }

  /** Makes room. */
  reserve(size: number): void {
    const needed = this.position + size;
    if (needed > this.bytes.length) this.grow(needed);
  }

  grow(needed: number): void {
    // Of a large field little follows: what is allocated for that is wasted if it does not come.
    const size = Math.max(needed + 1024, this.bytes === this.slab ? 0 : 2 * this.bytes.length);
    const bytes = allocate(size);
    bytes.set(this.bytes.subarray(0, this.position));
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, size);
  }

  /** @param value - 0 to 2^32 - 1 */
  uint32(value: number): void {
    this.reserve(5);
    const { bytes } = this;
    let at = this.position;
    let rest = value;
    while (rest > 0x7f) {
      bytes[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[at++] = rest;
    this.position = at;
  }

  /** Bytes as they are. */
  raw(value: Uint8Array): void {
    this.reserve(value.length);
    this.bytes.set(value, this.position);
    this.position += value.length;
  }

  /** Text in UTF-8, its length before it. */
  string(value: string): void {
    const { length } = value;
    if (length <= shortText && this.ascii(value)) return;
    if (length > longText) {
      const bytes = textEncoder.encode(value);
      this.uint32(bytes.length);
      this.raw(bytes);
      return;
    }
    // A unit of UTF-16 becomes three bytes at the most.
    this.reserve(5 + 3 * length);
    const guessed = varintSize(length);
    const start = this.position + guessed;
    const { written } = textEncoder.encodeInto(value, this.bytes.subarray(start));
    const size = varintSize(written);
    if (size !== guessed) this.bytes.copyWithin(this.position + size, start, start + written);
    this.uint32(written);
    this.position += written;
  }

  /** Writes a short text if it is ASCII. */
  ascii(value: string): boolean {
    const { length } = value;
    this.reserve(1 + shortText);
    const { bytes } = this;
    let at = this.position;
    bytes[at++] = length;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 0x7f) return false;
      bytes[at++] = unit;
    }
    this.position = at;
    return true;
  }
}

// Functions and not methods: a bundler leaves out what no message has.

/** Begins what has its length before it. Returns what {@link join} needs. */
export function fork(writer: BinaryWriter): number {
  writer.reserve(1);
  return ++writer.position;
}

/** Ends what {@link fork} began: its length is known now. */
export function join(writer: BinaryWriter, start: number): void {
  const length = writer.position - start;
  if (length < 0x80) {
    writer.bytes[start - 1] = length;
    return;
  }
  // One byte was left for the length, and that is not enough.
  const size = varintSize(length);
  writer.reserve(size);
  writer.bytes.copyWithin(start - 1 + size, start, writer.position);
  writer.position = start - 1;
  writer.uint32(length);
  writer.position += length;
}

/** @param value - -2^31 to 2^31 - 1 */
export function putInt32(writer: BinaryWriter, value: number): void {
  if (value >= 0) writer.uint32(value);
  else putVarint64(writer, value, -1);
}

/** A varint of two halves. */
export function putVarint64(writer: BinaryWriter, low: number, high: number): void {
  writer.reserve(10);
  const { bytes } = writer;
  let at = writer.position;
  let lo = low >>> 0;
  let hi = high >>> 0;
  while (hi > 0 || lo > 0x7f) {
    bytes[at++] = (lo & 0x7f) | 0x80;
    lo = ((lo >>> 7) | (hi << 25)) >>> 0;
    hi >>>= 7;
  }
  bytes[at++] = lo;
  writer.position = at;
}

export function putFixed32(writer: BinaryWriter, value: number): void {
  writer.reserve(4);
  writer.view.setUint32(writer.position, value, true);
  writer.position += 4;
}

export function putFixed64(writer: BinaryWriter, low: number, high: number): void {
  putFixed32(writer, low);
  putFixed32(writer, high);
}

export function putFloat(writer: BinaryWriter, value: number): void {
  writer.reserve(4);
  writer.view.setFloat32(writer.position, value, true);
  writer.position += 4;
}

export function putDouble(writer: BinaryWriter, value: number): void {
  writer.reserve(8);
  writer.view.setFloat64(writer.position, value, true);
  writer.position += 8;
}

function varintSize(value: number): number {
  // Seven bits each; `| 1` because 0 has a byte too.
  return ((38 - Math.clz32(value | 1)) / 7) | 0;
}
