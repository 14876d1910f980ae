import { ScalarType } from "@bufbuild/protobuf";
import {
  type BinaryWriter,
  putDouble,
  putFixed32,
  putFixed64,
  putFloat,
  putInt32,
  putVarint64,
} from "./binary-writer.js";

/** Writes a scalar value; one that is not exactly of its type marks the writer as failed. */
export type WriteScalar = (writer: BinaryWriter, value: unknown) => void;

const maxFloat = 3.4028234663852886e38;
const two32 = 4_294_967_296;
const maxInt64 = 0x7fff_ffff_ffff_ffffn;
const maxUint64 = 0xffff_ffff_ffff_ffffn;
const maxSafe = BigInt(Number.MAX_SAFE_INTEGER);

/** The wire type of a scalar. */
export function wireTypeOf(type: ScalarType): number {
  switch (type) {
    case ScalarType.BYTES:
    case ScalarType.STRING:
      return 2;
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return 1;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return 5;
    default:
      return 0;
  }
}

/** What writes a scalar type. */
export function scalarOf(type: ScalarType): WriteScalar {
  return writers[type] as WriteScalar;
}

/** What tells whether a value is the zero of a scalar type; -0 is zero for integers only. */
export function zeroOf(type: ScalarType): (value: unknown) => boolean {
  switch (type) {
    case ScalarType.STRING:
      return (value) => value === "";
    case ScalarType.BYTES:
      return (value) => value instanceof Uint8Array && value.length === 0;
    case ScalarType.BOOL:
      return (value) => value === false;
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return (value) => Object.is(value, 0);
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return (value) => value === 0n;
    default:
      return (value) => value === 0;
  }
}

const writers: Readonly<Record<ScalarType, WriteScalar>> = {
  [ScalarType.STRING](writer, value) {
    if (typeof value === "string") writer.string(value);
    else writer.failed = true;
  },
  [ScalarType.BYTES](writer, value) {
    if (value instanceof Uint8Array) {
      writer.uint32(value.length);
      writer.raw(value);
    } else writer.failed = true;
  },
  [ScalarType.BOOL](writer, value) {
    if (typeof value === "boolean") writer.uint32(value ? 1 : 0);
    else writer.failed = true;
  },
  [ScalarType.DOUBLE](writer, value) {
    if (typeof value === "number") putDouble(writer, value);
    else writer.failed = true;
  },
  [ScalarType.FLOAT](writer, value) {
    if (typeof value === "number" && (Math.abs(value) <= maxFloat || !Number.isFinite(value))) putFloat(writer, value);
    else writer.failed = true;
  },
  [ScalarType.INT32](writer, value) {
    if (isInt32(value)) putInt32(writer, value);
    else writer.failed = true;
  },
  [ScalarType.UINT32](writer, value) {
    if (isUint32(value)) writer.uint32(value);
    else writer.failed = true;
  },
  [ScalarType.SINT32](writer, value) {
    // Zigzag: https://protobuf.dev/programming-guides/encoding/#signed-ints
    if (isInt32(value)) writer.uint32(((value << 1) ^ (value >> 31)) >>> 0);
    else writer.failed = true;
  },
  [ScalarType.FIXED32](writer, value) {
    if (isUint32(value)) putFixed32(writer, value);
    else writer.failed = true;
  },
  [ScalarType.SFIXED32](writer, value) {
    if (isInt32(value)) putFixed32(writer, value);
    else writer.failed = true;
  },
  [ScalarType.INT64](writer, value) {
    if (isInt64(value)) putVarint64(writer, lowOf(value), highOf(value));
    else writer.failed = true;
  },
  [ScalarType.UINT64](writer, value) {
    if (isUint64(value)) putVarint64(writer, lowOf(value), highOf(value));
    else writer.failed = true;
  },
  [ScalarType.SINT64](writer, value) {
    if (isInt64(value)) {
      const low = lowOf(value);
      const high = highOf(value);
      const sign = high >> 31;
      putVarint64(writer, (low << 1) ^ sign, ((high << 1) | (low >>> 31)) ^ sign);
    } else writer.failed = true;
  },
  [ScalarType.FIXED64](writer, value) {
    if (isUint64(value)) putFixed64(writer, lowOf(value), highOf(value));
    else writer.failed = true;
  },
  [ScalarType.SFIXED64](writer, value) {
    if (isInt64(value)) putFixed64(writer, lowOf(value), highOf(value));
    else writer.failed = true;
  },
};

function isInt32(value: unknown): value is number {
  return typeof value === "number" && (value | 0) === value;
}

function isUint32(value: unknown): value is number {
  return typeof value === "number" && value >>> 0 === value;
}

function isInt64(value: unknown): value is bigint {
  return typeof value === "bigint" && value <= maxInt64 && value >= -maxInt64 - 1n;
}

function isUint64(value: unknown): value is bigint {
  return typeof value === "bigint" && value >= 0n && value <= maxUint64;
}

/** The low half of a 64-bit integer. Numbers are much faster than bigints, where they are exact. */
function lowOf(value: bigint): number {
  return isSafe(value) ? Number(value) >>> 0 : Number(BigInt.asUintN(32, value));
}

function highOf(value: bigint): number {
  return isSafe(value) ? Math.floor(Number(value) / two32) | 0 : Number(BigInt.asIntN(32, value >> 32n));
}

function isSafe(value: bigint): boolean {
  return value <= maxSafe && value >= -maxSafe;
}
