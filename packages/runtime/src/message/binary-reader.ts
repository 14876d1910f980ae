import { plainPart } from "../http/bytes.js";
import { decodeText } from "./utf8.js";

const two32 = 4_294_967_296;
/** Beyond it a number has not room for all bits. */
const safeHigh = 0x20_0000;

const nothing: Uint8Array = new Uint8Array(0);
const scratch = new DataView(new ArrayBuffer(8));

/**
 * Reads the wire format of protobuf. What is not as an encoder writes it marks the reader as failed, and what was read is
 * worthless then.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class BinaryReader {
  bytes: Uint8Array = nothing;
  position = 0;
  /** Nothing is read from here on. */
  end = 0;
  failed = false;
  /** How many messages stand around what is read. */
  depth = 0;

  start(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
    this.failed = end > bytes.length;
    this.depth = 0;
  }

  /** Keeps no memory alive. */
  release(): void {
    this.bytes = nothing;
  }

  /** Field number and wire type in one; 0 when there is none. */
  tag(): number {
    const { bytes } = this;
    let at = this.position;
    let byte = bytes[at++] as number;
    let tag = byte & 0x7f;
    for (let shift = 7; byte > 0x7f; shift += 7) {
      byte = bytes[at++] as number;
      if (shift === 28 && byte > 0x0f) return this.fail();
      tag |= (byte & 0x7f) << shift;
    }
    this.position = at;
    return tag >>> 0;
  }

  fail(): number {
    this.failed = true;
    return 0;
  }

  /** The low half of a varint. */
  uint32(): number {
    const { bytes } = this;
    const first = bytes[this.position] as number;
    if (first < 0x80) {
      this.position++;
      return first;
    }
    return this.longVarint();
  }

  longVarint(): number {
    const { bytes } = this;
    let at = this.position;
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[at++] as number;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.position = at;
        return value >>> 0;
      }
    }
    return this.fail();
  }

  /** A length. What is as long lies before {@link BinaryReader.end}. */
  length(): number {
    const length = this.uint32();
    return length <= this.end - this.position ? length : this.fail();
  }

  int32(): number {
    return this.uint32() | 0;
  }

  sint32(): number {
    const value = this.uint32();
    return (value >>> 1) ^ -(value & 1);
  }

  bool(): boolean {
    const value = this.bytes[this.position++] as number;
    if (value > 1) this.failed = true;
    return value === 1;
  }

  fixed32(): number {
    const { bytes, position } = this;
    this.position = position + 4;
    if (position + 4 > this.end) this.failed = true;
    return (
      ((bytes[position] as number) |
        ((bytes[position + 1] as number) << 8) |
        ((bytes[position + 2] as number) << 16) |
        ((bytes[position + 3] as number) << 24)) >>>
      0
    );
  }

  sfixed32(): number {
    return this.fixed32() | 0;
  }

  float(): number {
    scratch.setUint32(0, this.fixed32());
    return scratch.getFloat32(0);
  }

  double(): number {
    scratch.setUint32(4, this.fixed32());
    scratch.setUint32(0, this.fixed32());
    return scratch.getFloat64(0);
  }

  uint64(): bigint {
    const first = this.bytes[this.position] as number;
    if (first < 0x80) {
      this.position++;
      return BigInt(first);
    }
    const { low, high } = this.longVarint64();
    return unsigned(low, high);
  }

  int64(): bigint {
    const first = this.bytes[this.position] as number;
    if (first < 0x80) {
      this.position++;
      return BigInt(first);
    }
    const { low, high } = this.longVarint64();
    return signed(low, high);
  }

  sint64(): bigint {
    const value = this.uint64();
    return (value >> 1n) ^ -(value & 1n);
  }

  fixed64(): bigint {
    const low = this.fixed32();
    return unsigned(low, this.fixed32());
  }

  sfixed64(): bigint {
    const low = this.fixed32();
    return signed(low, this.fixed32());
  }

  longVarint64(): { readonly low: number; readonly high: number } {
    const { bytes } = this;
    let at = this.position;
    let low = 0;
    let high = 0;
    for (let i = 0; i < 10; i++) {
      const byte = bytes[at++] as number;
      const bits = byte & 0x7f;
      if (i < 5) low |= bits << (7 * i);
      if (i === 4) high = bits >>> 4;
      else if (i > 4) high |= bits << (7 * i - 32);
      if (byte < 0x80) {
        this.position = at;
        return { low: low >>> 0, high: high >>> 0 };
      }
    }
    this.failed = true;
    return { low: 0, high: 0 };
  }

  /** A view of a `bytes` value, plain whatever was given to read from. */
  raw(): Uint8Array {
    const length = this.length();
    const { bytes, position } = this;
    this.position = position + length;
    return plainPart(bytes, position, length);
  }

  /** @param strict - whether text that is not UTF-8 is refused */
  string(strict: boolean): string {
    const length = this.length();
    const { bytes, position } = this;
    this.position = position + length;
    return decodeText(bytes, position, position + length, strict);
  }

  /** Goes over a value of a field that nobody knows, and gives it as it stands there. Groups are not for this. */
  skip(wireType: number): Uint8Array {
    const start = this.position;
    if (wireType === 0) this.longVarint();
    else if (wireType === 1) this.position += 8;
    else if (wireType === 2) this.raw();
    else if (wireType === 5) this.position += 4;
    else this.failed = true;
    const { bytes, position } = this;
    if (position > this.end) this.failed = true;
    if (this.failed) return bytes;
    return plainPart(bytes, start, position - start);
  }
}

function unsigned(low: number, high: number): bigint {
  return high < safeHigh ? BigInt(high * two32 + low) : (BigInt(high) << 32n) | BigInt(low);
}

function signed(low: number, high: number): bigint {
  const upper = high | 0;
  return upper < safeHigh && upper >= -safeHigh ? BigInt(upper * two32 + low) : (BigInt(upper) << 32n) | BigInt(low);
}
