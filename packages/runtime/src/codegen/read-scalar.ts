import { entryWeight, stringWeight, viewWeight } from "../message/decoded-size.js";
import { decodeText } from "../message/utf8.js";
import type { Reader } from "./reader.js";

// Functions and not methods: bundlers leave out what no message has.

const scratch = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(8));

export function readInt32(r: Reader): number {
  return r.uint32() | 0;
}

export function readUint32(r: Reader): number {
  return r.uint32();
}

export function readSint32(r: Reader): number {
  const value = r.uint32();
  return (value >>> 1) ^ -(value & 1);
}

export function readBool(r: Reader): boolean {
  return (r.varint() | r.high) !== 0;
}

export function readInt64(r: Reader): bigint {
  scratch.setInt32(0, r.varint(), true);
  scratch.setInt32(4, r.high, true);
  return scratch.getBigInt64(0, true);
}

export function readUint64(r: Reader): bigint {
  scratch.setInt32(0, r.varint(), true);
  scratch.setInt32(4, r.high, true);
  return scratch.getBigUint64(0, true);
}

export function readSint64(r: Reader): bigint {
  const low = r.varint();
  const { high } = r;
  const sign = -(low & 1);
  scratch.setInt32(0, ((low >>> 1) | (high << 31)) ^ sign, true);
  scratch.setInt32(4, (high >>> 1) ^ sign, true);
  return scratch.getBigInt64(0, true);
}

export function readFixed32(r: Reader): number {
  return readSfixed32(r) >>> 0;
}

export function readSfixed32(r: Reader): number {
  const pos = r.take(4);
  const { bytes } = r;
  return (
    (bytes[pos] as number) |
    ((bytes[pos + 1] as number) << 8) |
    ((bytes[pos + 2] as number) << 16) |
    ((bytes[pos + 3] as number) << 24)
  );
}

export function readFloat(r: Reader): number {
  scratch.setInt32(0, readSfixed32(r), true);
  return scratch.getFloat32(0, true);
}

export function readDouble(r: Reader): number {
  scratch.setInt32(0, readSfixed32(r), true);
  scratch.setInt32(4, readSfixed32(r), true);
  return scratch.getFloat64(0, true);
}

export function readFixed64(r: Reader): bigint {
  scratch.setInt32(0, readSfixed32(r), true);
  scratch.setInt32(4, readSfixed32(r), true);
  return scratch.getBigUint64(0, true);
}

export function readSfixed64(r: Reader): bigint {
  scratch.setInt32(0, readSfixed32(r), true);
  scratch.setInt32(4, readSfixed32(r), true);
  return scratch.getBigInt64(0, true);
}

/** @throws TypeError on what is not UTF-8 */
export function readString(r: Reader): string {
  return readText(r, true);
}

/** What is not UTF-8 becomes U+FFFD: the feature `utf8_validation = NONE`. */
export function readUnverifiedString(r: Reader): string {
  return readText(r, false);
}

function readText(r: Reader, verify: boolean): string {
  const length = r.uint32();
  r.add(entryWeight + stringWeight + length);
  const start = r.take(length);
  return decodeText(r.bytes, start, start + length, verify);
}

/** Shares memory with what is read. */
export function readBytes(r: Reader): Uint8Array {
  const length = r.uint32();
  r.add(entryWeight + viewWeight);
  const start = r.take(length);
  return r.slice(start, start + length);
}
