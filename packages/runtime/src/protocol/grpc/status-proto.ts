import type { ErrorDetail } from "../../error/detail.js";
import { joinBytes } from "../../http/bytes.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const typeUrlPrefix = "type.googleapis.com/";

/** `google.rpc.Status`. It is read and written by hand: its descriptor would be half of a small client. */
export interface StatusProto {
  readonly code: number;
  readonly message: string;
  readonly details: ErrorDetail[];
}

/** Serialises a status: `int32 code = 1; string message = 2; repeated google.protobuf.Any details = 3`. */
export function writeStatusProto(code: number, message: string, details: readonly ErrorDetail[]): Uint8Array {
  const parts: Uint8Array[] = [];
  if (code !== 0) parts.push(Uint8Array.of(0x08, code));
  if (message !== "") parts.push(field(0x12, encoder.encode(message)));
  for (const { type, value } of details) {
    const any = [field(0x0a, encoder.encode(typeUrlPrefix + type))];
    if (value.length > 0) any.push(field(0x12, value));
    parts.push(field(0x1a, joinBytes(any)));
  }
  return joinBytes(parts);
}

function field(tag: number, value: Uint8Array): Uint8Array {
  const prefix = [tag];
  let length = value.length;
  while (length > 0x7f) {
    prefix.push((length & 0x7f) | 0x80);
    length >>>= 7;
  }
  prefix.push(length);
  return joinBytes([Uint8Array.from(prefix), value]);
}

/** Reads a status; `undefined` when the bytes are no protobuf. */
export function readStatusProto(bytes: Uint8Array): StatusProto | undefined {
  let code = 0;
  let message = "";
  const details: ErrorDetail[] = [];
  const valid = readFields(bytes, (tag, number, value) => {
    if (tag === 0x08) code = number;
    else if (tag === 0x12) message = decoder.decode(value);
    else if (tag === 0x1a) {
      const detail = readAny(value);
      if (detail !== undefined) details.push(detail);
    }
  });
  return valid ? { code, message, details } : undefined;
}

function readAny(bytes: Uint8Array): ErrorDetail | undefined {
  let type = "";
  let value: Uint8Array = new Uint8Array(0);
  const valid = readFields(bytes, (tag, _number, field) => {
    if (tag === 0x0a) type = decoder.decode(field);
    else if (tag === 0x12) value = field;
  });
  return valid ? { type: type.slice(type.lastIndexOf("/") + 1), value } : undefined;
}

/** Calls back with each field: its number where it is a varint, its bytes where it has a length. */
function readFields(bytes: Uint8Array, onField: (tag: number, number: number, value: Uint8Array) => void): boolean {
  const reader = { bytes, at: 0 };
  while (reader.at < bytes.length) {
    const tag = readVarint(reader);
    if (tag === undefined || tag >>> 3 === 0) return false;
    const wireType = tag & 7;
    let number = 0;
    let length = 0;
    if (wireType === 0 || wireType === 2) {
      const varint = readVarint(reader);
      if (varint === undefined) return false;
      if (wireType === 0) number = varint;
      else length = varint >>> 0;
    } else if (wireType === 1) length = 8;
    else if (wireType === 5) length = 4;
    else return false;
    if (length > bytes.length - reader.at) return false;
    onField(tag, number, bytes.subarray(reader.at, reader.at + length));
    reader.at += length;
  }
  return true;
}

/** The low 32 bits of a varint, as a signed number. */
function readVarint(reader: { readonly bytes: Uint8Array; at: number }): number | undefined {
  let value = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = reader.bytes[reader.at++];
    if (byte === undefined) return undefined;
    if (shift < 32) value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return undefined;
}
