import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** Fields that protobuf-es is not shown have numbers from here on, which no schema here has. */
const firstStandIn = 400_000_000;
const depthLimit = 100;

/** A field as a message keeps it that it is unknown to. */
export interface UnknownEntry {
  no: number;
  wireType: WireType;
  data: Uint8Array;
}

/** Well-formed bytes, and the unknown fields that numbers in it stand for. */
export interface Normal {
  readonly bytes: Uint8Array;
  readonly standIns: ReadonlyMap<number, UnknownEntry>;
}

/**
 * The same fields in bytes that protobuf-es reads by the letter of the specification, or `undefined` of bytes that are
 * not well-formed. protobuf-es reads a field of another wire type than its own as if it were its own, lets what a
 * submessage contains run over the submessage's end, and forgets unknown values of closed enums when there are other
 * unknown fields: so it is shown another unknown field in the place of each.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export function normalize(desc: DescMessage, bytes: Uint8Array): Normal | undefined {
  try {
    const scan = new Scan(bytes);
    return { bytes: message(scan, bytes.length, desc, 1), standIns: scan.standIns };
  } catch (error) {
    if (error === malformed) return undefined;
    throw error;
  }
}

/** Puts the unknown fields back, in a message and all that it has in it. */
export function restoreUnknown(value: unknown, standIns: Normal["standIns"]): void {
  if (standIns.size === 0 || typeof value !== "object" || value === null || value instanceof Uint8Array) return;
  for (const field of (value as { $unknown?: UnknownEntry[] }).$unknown ?? []) {
    Object.assign(field, standIns.get(field.no));
  }
  for (const [name, inner] of Object.entries(value)) if (name !== "$unknown") restoreUnknown(inner, standIns);
}

const malformed: Error = new Error("malformed");

class Scan {
  readonly bytes: Uint8Array;
  at = 0;
  readonly standIns: Map<number, UnknownEntry> = new Map();

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  varint(end: number): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.at >= end) throw malformed;
      const byte = this.bytes[this.at++] as number;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw malformed;
  }

  /** A tag of five bytes at the most. */
  tag(end: number): [no: number, wireType: WireType] {
    const start = this.at;
    const tag = this.varint(end);
    if (this.at - start > 5 || tag > 0xffff_ffffn) throw malformed;
    const [no, wireType] = [Number(tag >> 3n), Number(tag & 7n)];
    if (no === 0 || wireType > 5) throw malformed;
    return [no, wireType];
  }

  /** Writes a field that protobuf-es does not know, in the place of one that it would misread. */
  standIn(writer: BinaryWriter, no: number, wireType: WireType, data: Uint8Array): void {
    const number = firstStandIn + this.standIns.size;
    this.standIns.set(number, { no, wireType, data });
    writer.tag(number, WireType.Varint).uint32(0);
  }

  take(length: number, end: number): Uint8Array {
    if (length > end - this.at) throw malformed;
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}

/** Reads fields up to `end`, or to the end of the group `group`. */
function message(scan: Scan, end: number, desc: DescMessage, depth: number, group?: number): Uint8Array {
  if (depth > depthLimit) throw malformed;
  const writer = new BinaryWriter();
  while (scan.at < end) {
    const [no, wireType] = scan.tag(end);
    if (wireType === WireType.EndGroup) {
      if (no !== group) throw malformed;
      return writer.finish();
    }
    const field = desc.fields.find(({ number }) => number === no);
    const own = field !== undefined && isOwn(field, wireType);
    if (own && field.message !== undefined && field.fieldKind !== "map" && wireType !== WireType.StartGroup) {
      const last = Number(BigInt.asUintN(32, scan.varint(end)));
      if (last > end - scan.at) throw malformed;
      writer.tag(no, wireType).bytes(message(scan, scan.at + last, field.message, depth + 1));
    } else if (own && wireType === WireType.StartGroup) {
      writer.tag(no, wireType).raw(message(scan, end, field.message as DescMessage, depth + 1, no));
      writer.tag(no, WireType.EndGroup);
    } else if (own && field.fieldKind === "map") {
      writer.tag(no, wireType).bytes(entry(scan, end, field, depth));
    } else {
      const start = scan.at;
      skip(scan, end, no, wireType, depthLimit - depth);
      const data = scan.bytes.subarray(start, scan.at);
      const foreign = own && field.fieldKind === "enum" ? foreignEnum(field, data) : undefined;
      if (foreign !== undefined) scan.standIn(writer, no, wireType, foreign);
      else if (own || field === undefined) writer.tag(no, wireType).raw(data);
      else scan.standIn(writer, no, wireType, data);
      if (own && field.fieldKind === "list" && wireType === WireType.LengthDelimited) checkPacked(field, data);
    }
  }
  if (group !== undefined) throw malformed;
  return writer.finish();
}

function entry(scan: Scan, end: number, field: DescField & { fieldKind: "map" }, depth: number): Uint8Array {
  const length = Number(BigInt.asUintN(32, scan.varint(end)));
  if (length > end - scan.at) throw malformed;
  const entryEnd = scan.at + length;
  const writer = new BinaryWriter();
  while (scan.at < entryEnd) {
    const [no, wireType] = scan.tag(entryEnd);
    const valueType =
      field.mapKind === "message"
        ? WireType.LengthDelimited
        : field.mapKind === "enum"
          ? WireType.Varint
          : wireTypeOf(field.scalar);
    const own = (no === 1 && wireType === wireTypeOf(field.mapKey)) || (no === 2 && wireType === valueType);
    if (own && no === 2 && field.mapKind === "message") {
      const last = Number(BigInt.asUintN(32, scan.varint(entryEnd)));
      if (last > entryEnd - scan.at) throw malformed;
      writer.tag(no, wireType).bytes(message(scan, scan.at + last, field.message, depth + 1));
      continue;
    }
    const start = scan.at;
    skip(scan, entryEnd, no, wireType, depthLimit - depth);
    // What else stands in an entry is dropped.
    if (own) writer.tag(no, wireType).raw(scan.bytes.subarray(start, scan.at));
  }
  return writer.finish();
}

/** Goes over a value; groups with their end. */
function skip(scan: Scan, end: number, no: number, wireType: WireType, depth: number): void {
  switch (wireType) {
    case WireType.Varint:
      scan.varint(end);
      return;
    case WireType.Bit64:
      scan.take(8, end);
      return;
    case WireType.Bit32:
      scan.take(4, end);
      return;
    case WireType.LengthDelimited:
      scan.take(Number(BigInt.asUintN(32, scan.varint(end))), end);
      return;
    case WireType.StartGroup:
      if (depth <= 0) throw malformed;
      for (;;) {
        const [inner, innerType] = scan.tag(end);
        if (innerType !== WireType.EndGroup) skip(scan, end, inner, innerType, depth - 1);
        else if (inner === no) return;
        else throw malformed;
      }
    default:
      throw malformed;
  }
}

function isOwn(field: DescField, wireType: WireType): boolean {
  switch (field.fieldKind) {
    case "scalar":
      return wireType === wireTypeOf(field.scalar);
    case "enum":
      return wireType === WireType.Varint;
    case "map":
      return wireType === WireType.LengthDelimited;
    case "message":
      return wireType === (field.delimitedEncoding ? WireType.StartGroup : WireType.LengthDelimited);
    case "list": {
      if (field.listKind === "message") {
        return wireType === (field.delimitedEncoding ? WireType.StartGroup : WireType.LengthDelimited);
      }
      const element = field.listKind === "enum" ? WireType.Varint : wireTypeOf(field.scalar);
      return wireType === element || wireType === WireType.LengthDelimited;
    }
  }
}

/** What a packed list has must end where the list ends. */
function checkPacked(field: DescField & { fieldKind: "list" }, data: Uint8Array): void {
  if (field.listKind === "message") return;
  const element = field.listKind === "enum" ? WireType.Varint : wireTypeOf(field.scalar);
  if (element === WireType.LengthDelimited) return;
  const scan = new Scan(data);
  scan.varint(data.length);
  while (scan.at < data.length) skip(scan, data.length, field.number, element, 0);
}

/** The bytes of an unknown field for a value that a closed enum does not have. */
function foreignEnum(field: DescField & { fieldKind: "enum" }, data: Uint8Array): Uint8Array | undefined {
  const value = Number(BigInt.asIntN(32, new Scan(data).varint(data.length)));
  if (field.enum.open || field.enum.values.some(({ number }) => number === value)) return undefined;
  return new BinaryWriter().int32(value).finish();
}

export function wireTypeOf(scalar: ScalarType): WireType {
  switch (scalar) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return WireType.LengthDelimited;
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return WireType.Bit64;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return WireType.Bit32;
    default:
      return WireType.Varint;
  }
}
