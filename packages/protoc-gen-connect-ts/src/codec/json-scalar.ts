import { ScalarType } from "@bufbuild/protobuf";
import type { ImportSymbol } from "@bufbuild/protoplugin";
import { type CodecScope, codecValue } from "./scope.js";

const writers = {
  [ScalarType.DOUBLE]: "floatToJson",
  [ScalarType.FLOAT]: "floatToJson",
  [ScalarType.INT64]: "longToJson",
  [ScalarType.UINT64]: "longToJson",
  [ScalarType.INT32]: "intToJson",
  [ScalarType.FIXED64]: "longToJson",
  [ScalarType.FIXED32]: "intToJson",
  [ScalarType.BOOL]: "boolToJson",
  [ScalarType.STRING]: "stringToJson",
  [ScalarType.BYTES]: "bytesToJson",
  [ScalarType.UINT32]: "intToJson",
  [ScalarType.SFIXED32]: "intToJson",
  [ScalarType.SFIXED64]: "longToJson",
  [ScalarType.SINT32]: "intToJson",
  [ScalarType.SINT64]: "longToJson",
} as const;

const readers = {
  [ScalarType.DOUBLE]: "doubleFromJson",
  [ScalarType.FLOAT]: "floatFromJson",
  [ScalarType.INT64]: "int64FromJson",
  [ScalarType.UINT64]: "uint64FromJson",
  [ScalarType.INT32]: "int32FromJson",
  [ScalarType.FIXED64]: "uint64FromJson",
  [ScalarType.FIXED32]: "uint32FromJson",
  [ScalarType.BOOL]: "boolFromJson",
  [ScalarType.STRING]: "stringFromJson",
  [ScalarType.BYTES]: "bytesFromJson",
  [ScalarType.UINT32]: "uint32FromJson",
  [ScalarType.SFIXED32]: "int32FromJson",
  [ScalarType.SFIXED64]: "int64FromJson",
  [ScalarType.SINT32]: "int32FromJson",
  [ScalarType.SINT64]: "int64FromJson",
} as const;

/** What writes a value as JSON. */
export function scalarToJson(scope: CodecScope, scalar: ScalarType): ImportSymbol {
  return codecValue(scope, writers[scalar]);
}

/** What reads a value from JSON. */
export function scalarFromJson(scope: CodecScope, scalar: ScalarType, longAsString: boolean): ImportSymbol {
  const reader = readers[scalar];
  if (longAsString && reader === "int64FromJson") return codecValue(scope, "int64DigitsFromJson");
  if (longAsString && reader === "uint64FromJson") return codecValue(scope, "uint64DigitsFromJson");
  return codecValue(scope, reader);
}

/** What reads the key of a map. */
export function keyFromJson(scope: CodecScope, scalar: ScalarType): ImportSymbol {
  switch (readers[scalar]) {
    case "boolFromJson":
      return codecValue(scope, "boolKeyFromJson");
    case "int64FromJson":
      return codecValue(scope, "int64KeyFromJson");
    case "uint64FromJson":
      return codecValue(scope, "uint64KeyFromJson");
    case "stringFromJson":
      return codecValue(scope, "stringKeyFromJson");
    default:
      return scalarFromJson(scope, scalar, false);
  }
}
