import { type DescEnum, type DescField, ScalarType } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import type { ImportSymbol, Printable } from "@bufbuild/protoplugin";
import { printString } from "../option-literal.js";
import { type CodecScope, codecValue } from "./scope.js";

const names = {
  [ScalarType.DOUBLE]: "Double",
  [ScalarType.FLOAT]: "Float",
  [ScalarType.INT64]: "Int64",
  [ScalarType.UINT64]: "Uint64",
  [ScalarType.INT32]: "Int32",
  [ScalarType.FIXED64]: "Fixed64",
  [ScalarType.FIXED32]: "Fixed32",
  [ScalarType.BOOL]: "Bool",
  [ScalarType.STRING]: "String",
  [ScalarType.BYTES]: "Bytes",
  [ScalarType.UINT32]: "Uint32",
  [ScalarType.SFIXED32]: "Sfixed32",
  [ScalarType.SFIXED64]: "Sfixed64",
  [ScalarType.SINT32]: "Sint32",
  [ScalarType.SINT64]: "Sint64",
} as const;

/** What writes a tag and a value. */
export function writerOf(scope: CodecScope, scalar: ScalarType): ImportSymbol {
  return codecValue(scope, `write${names[scalar]}`);
}

/** What writes a field without presence where it has not its default; `undefined` where that is no zero. */
export function fieldWriterOf(scope: CodecScope, field: DescField): ImportSymbol | undefined {
  if (field.enum !== undefined && firstOf(field.enum) !== 0) return undefined;
  const name = names[field.scalar ?? ScalarType.INT32];
  return codecValue(
    scope,
    `${name.charAt(0).toLowerCase()}${name.slice(1)}Field` as `${Uncapitalize<typeof name>}Field`,
  );
}

/** The writing of a tag and a value. Tag 0 is none. */
export function writeScalar(scope: CodecScope, scalar: ScalarType, tag: number, value: Printable): Printable {
  return [writerOf(scope, scalar), `(w, ${tag}, `, value, ");"];
}

/** What reads a value. */
export function readerOf(scope: CodecScope, scalar: ScalarType, utf8Validation: boolean): ImportSymbol {
  const isUnverified = scalar === ScalarType.STRING && !utf8Validation;
  return codecValue(scope, isUnverified ? "readUnverifiedString" : `read${names[scalar]}`);
}

/** The reading of a value. */
export function readScalar(
  scope: CodecScope,
  scalar: ScalarType,
  longAsString: boolean,
  utf8Validation: boolean,
): Printable {
  const read: Printable = [readerOf(scope, scalar, utf8Validation), "(r)"];
  return isLong(scalar) && longAsString ? ["`${", read, "}`"] : read;
}

export function isLong(scalar: ScalarType): boolean {
  switch (scalar) {
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
    case ScalarType.SINT64:
      return true;
    default:
      return false;
  }
}

/** https://protobuf.dev/programming-guides/encoding/#structure */
export const WireType = { varint: 0, bit64: 1, lengthDelimited: 2, startGroup: 3, endGroup: 4, bit32: 5 } as const;

export function wireTypeOf(scalar: ScalarType): number {
  switch (scalar) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return WireType.lengthDelimited;
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return WireType.bit64;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return WireType.bit32;
    default:
      return WireType.varint;
  }
}

export function tagOf(number: number, wireType: number): number {
  return ((number << 3) | wireType) >>> 0;
}

export function isImplicit(field: DescField): boolean {
  return field.presence === FeatureSet_FieldPresence.IMPLICIT;
}

/** The default of a type. */
export function zeroOf(scope: CodecScope, scalar: ScalarType, longAsString: boolean): Printable {
  if (isLong(scalar)) return longAsString ? '"0"' : codecValue(scope, "zero");
  switch (scalar) {
    case ScalarType.STRING:
      return '""';
    case ScalarType.BOOL:
      return "false";
    case ScalarType.BYTES:
      return codecValue(scope, "noBytes");
    default:
      return "0";
  }
}

/** The value that an enum field has by default. */
export function firstOf(desc: DescEnum): number {
  return desc.values[0]?.number ?? 0;
}

/** The default of a singular field, its own or that of its type. */
export function defaultOf(scope: CodecScope, field: DescField & { fieldKind: "scalar" | "enum" }): Printable {
  const value = field.getDefaultValue();
  if (field.fieldKind === "enum") return String(value ?? firstOf(field.enum));
  switch (typeof value) {
    case "undefined":
      return zeroOf(scope, field.scalar, field.longAsString);
    case "bigint":
      return field.longAsString
        ? JSON.stringify(`${value}`)
        : ["/* @__PURE__ */ ", codecValue(scope, "long"), `("${value}")`];
    case "string":
      return field.longAsString ? JSON.stringify(value) : printString(value);
    case "object":
      return ["/* @__PURE__ */ ", codecValue(scope, "initBytes"), `([${value.join(", ")}])`];
    case "number":
      return numberLiteral(scope, value);
    default:
      return String(value);
  }
}

// Without the names NaN and Infinity, which a message may have; and no divisions: bundlers keep these.
function numberLiteral(scope: CodecScope, value: number): Printable {
  if (Number.isNaN(value)) return codecValue(scope, "notANumber");
  if (!Number.isFinite(value)) return value > 0 ? "1e999" : "-1e999";
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Whether a field without presence has something to be written. */
export function isSetImplicitly(
  scope: CodecScope,
  field: { readonly scalar: ScalarType } | { readonly enum: DescEnum },
  value: string,
): Printable {
  if ("enum" in field && field.enum !== undefined) return `${value} !== ${firstOf(field.enum)}`;
  const { scalar } = field as { readonly scalar: ScalarType };
  if (isLong(scalar)) return ["!", codecValue(scope, "isZero"), "(", value, ")"];
  switch (scalar) {
    case ScalarType.STRING:
      return `${value} !== ""`;
    case ScalarType.BOOL:
      return `${value} !== false`;
    case ScalarType.BYTES:
      return `${value}.byteLength !== 0`;
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return ["!", codecValue(scope, "isPositiveZero"), "(", value, ")"];
    default:
      return `${value} !== 0`;
  }
}
