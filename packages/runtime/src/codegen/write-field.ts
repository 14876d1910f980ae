import type { BinaryWriter } from "../message/binary-writer.js";
import { isPositiveZero, isZero } from "./init.js";
import {
  type Long,
  writeBool,
  writeBytes,
  writeDouble,
  writeFixed32,
  writeFixed64,
  writeFloat,
  writeInt32,
  writeInt64,
  writeSfixed32,
  writeSfixed64,
  writeSint32,
  writeSint64,
  writeString,
  writeUint32,
  writeUint64,
} from "./write-scalar.js";

// Each function writes a field without presence: nothing where it has its default.

export function doubleField(w: BinaryWriter, tag: number, value: number): void {
  if (!isPositiveZero(value)) writeDouble(w, tag, value);
}

export function floatField(w: BinaryWriter, tag: number, value: number): void {
  if (!isPositiveZero(value)) writeFloat(w, tag, value);
}

export function int32Field(w: BinaryWriter, tag: number, value: number): void {
  if (value !== 0) writeInt32(w, tag, value);
}

export function uint32Field(w: BinaryWriter, tag: number, value: number): void {
  if (value !== 0) writeUint32(w, tag, value);
}

export function sint32Field(w: BinaryWriter, tag: number, value: number): void {
  if (value !== 0) writeSint32(w, tag, value);
}

export function fixed32Field(w: BinaryWriter, tag: number, value: number): void {
  if (value !== 0) writeFixed32(w, tag, value);
}

export function sfixed32Field(w: BinaryWriter, tag: number, value: number): void {
  if (value !== 0) writeSfixed32(w, tag, value);
}

export function boolField(w: BinaryWriter, tag: number, value: boolean): void {
  if (value !== false) writeBool(w, tag, value);
}

export function stringField(w: BinaryWriter, tag: number, value: string): void {
  if (value !== "") writeString(w, tag, value);
}

export function bytesField(w: BinaryWriter, tag: number, value: Uint8Array): void {
  if (value.byteLength !== 0) writeBytes(w, tag, value);
}

export function int64Field(w: BinaryWriter, tag: number, value: Long): void {
  if (!isZero(value)) writeInt64(w, tag, value);
}

export function uint64Field(w: BinaryWriter, tag: number, value: Long): void {
  if (!isZero(value)) writeUint64(w, tag, value);
}

export function sint64Field(w: BinaryWriter, tag: number, value: Long): void {
  if (!isZero(value)) writeSint64(w, tag, value);
}

export function fixed64Field(w: BinaryWriter, tag: number, value: Long): void {
  if (!isZero(value)) writeFixed64(w, tag, value);
}

export function sfixed64Field(w: BinaryWriter, tag: number, value: Long): void {
  if (!isZero(value)) writeSfixed64(w, tag, value);
}
