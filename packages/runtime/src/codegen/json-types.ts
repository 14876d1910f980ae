import type { Struct } from "@bufbuild/protobuf/wkt";
import { type Converter, initBytes, isPositiveZero, isZero, listInit, mapInit } from "./init.js";
import type { JsonForm } from "./json-form.js";
import {
  boolFromJson,
  bytesFromJson,
  doubleFromJson,
  floatFromJson,
  int32FromJson,
  int64DigitsFromJson,
  int64FromJson,
  type JsonKey,
  listFromJson,
  mapFromJson,
  stringFromJson,
  uint32FromJson,
  uint64DigitsFromJson,
  uint64FromJson,
} from "./json-read.js";
import type { JsonType } from "./json-type.js";
import {
  boolToText,
  bytesToText,
  floatToText,
  hasEntries,
  intToText,
  listToText,
  longToText,
  mapToText,
  stringToText,
} from "./json-write.js";
import { jsonOfStruct, structOfJson } from "./struct-json.js";

// Constants and not entries of one object: bundlers leave out what no message has.

const isNought = (value: unknown): boolean => value === 0;

export const doubleJson: JsonType = {
  toText: floatToText,
  fromJson: doubleFromJson,
  isDefault: isPositiveZero,
  isScalar: true,
};
export const floatJson: JsonType = {
  toText: floatToText,
  fromJson: floatFromJson,
  isDefault: isPositiveZero,
  isScalar: true,
};
export const int32Json: JsonType = {
  toText: intToText,
  fromJson: int32FromJson,
  isDefault: isNought,
  isScalar: true,
};
export const uint32Json: JsonType = {
  toText: intToText,
  fromJson: uint32FromJson,
  isDefault: isNought,
  isScalar: true,
};
export const int64Json: JsonType = { toText: longToText, fromJson: int64FromJson, isDefault: isZero, isScalar: true };
export const uint64Json: JsonType = { toText: longToText, fromJson: uint64FromJson, isDefault: isZero, isScalar: true };
export const int64DigitsJson: JsonType = {
  toText: longToText,
  fromJson: int64DigitsFromJson,
  isDefault: isZero,
  isScalar: true,
};
export const uint64DigitsJson: JsonType = {
  toText: longToText,
  fromJson: uint64DigitsFromJson,
  isDefault: isZero,
  isScalar: true,
};
export const boolJson: JsonType = {
  toText: boolToText,
  fromJson: boolFromJson,
  isDefault: (value: unknown) => value === false,
  isScalar: true,
};
export const stringJson: JsonType = {
  toText: stringToText,
  fromJson: stringFromJson,
  isDefault: (value: unknown) => value === "",
  isScalar: true,
};
export const bytesJson: JsonType = {
  toText: bytesToText,
  fromJson: bytesFromJson,
  isDefault: (value: Uint8Array) => value.byteLength === 0,
  isScalar: true,
  nested: initBytes,
};

// Types are given as what they are not declared to be: to look into the codec of each message costs TypeScript memory.

/** A repeated field. @param type - the {@link JsonType} of its items */
export function listJson(type: unknown): JsonType {
  const item = type as JsonType;
  return {
    nested: item.nested && listInit(item as Converter).nested,
    toText: (items: readonly never[], options) => listToText(items, item, options),
    fromJson: (json, reader) => listFromJson(json, item, reader),
    isDefault: (items: readonly unknown[]) => items.length === 0,
  };
}

/** A map field. @param type - the {@link JsonType} of its values */
export function mapJson(key: JsonKey, type: unknown): JsonType {
  const value = type as JsonType;
  return {
    nested: value.nested && mapInit(value as Converter).nested,
    toText: (map: { readonly [key: string]: never }, options) => mapToText(map, value, options),
    fromJson: (json, reader) => mapFromJson(json, key, value, reader),
    isDefault: (map: object) => !hasEntries(map),
  };
}

/** A field whose message is a wrapper: messages keep the value that it wraps. */
export function wrappedJson(wrapper: unknown, value: JsonType): JsonType {
  return {
    nested: value.nested,
    toText: value.toText,
    fromJson: (json, reader) => ((wrapper as JsonType).fromJson(json, reader) as { readonly value: unknown }).value,
  };
}

/** A field whose message is a google.protobuf.Struct: messages keep it as JSON. */
export function structFieldJson(type: unknown): JsonType {
  const struct = type as JsonForm<Struct>;
  return {
    toText: (value: Parameters<typeof structOfJson>[0], options) => struct.toText(structOfJson(value), options),
    fromJson: (json, reader) => jsonOfStruct(struct.fromJson(json, reader)),
  };
}
