// A file of its own: two tables, for fields and for the keys of maps.
import { ScalarType } from "@bufbuild/protobuf";
import type { ImportSymbol } from "@bufbuild/protoplugin";
import { type CodecScope, codecValue } from "./scope.js";

const types = {
  [ScalarType.DOUBLE]: "double",
  [ScalarType.FLOAT]: "float",
  [ScalarType.INT64]: "int64",
  [ScalarType.UINT64]: "uint64",
  [ScalarType.INT32]: "int32",
  [ScalarType.FIXED64]: "uint64",
  [ScalarType.FIXED32]: "uint32",
  [ScalarType.BOOL]: "bool",
  [ScalarType.STRING]: "string",
  [ScalarType.BYTES]: "bytes",
  [ScalarType.UINT32]: "uint32",
  [ScalarType.SFIXED32]: "int32",
  [ScalarType.SFIXED64]: "int64",
  [ScalarType.SINT32]: "int32",
  [ScalarType.SINT64]: "int64",
} as const;

/** How a scalar stands in JSON. */
export function jsonScalar(scope: CodecScope, scalar: ScalarType, longAsString = false): ImportSymbol {
  const type = types[scalar];
  if (longAsString && (type === "int64" || type === "uint64")) return codecValue(scope, `${type}DigitsJson`);
  return codecValue(scope, `${type}Json`);
}

/** What reads the key of a map. */
export function jsonKey(scope: CodecScope, scalar: ScalarType): ImportSymbol {
  const type = types[scalar];
  switch (type) {
    case "bool":
    case "int64":
    case "uint64":
    case "string":
      return codecValue(scope, `${type}KeyFromJson`);
    default:
      return codecValue(scope, type === "uint32" ? "uint32FromJson" : "int32FromJson");
  }
}
