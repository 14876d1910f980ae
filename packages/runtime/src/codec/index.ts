export { BinaryWriter as Writer } from "../message/binary-writer.js";
export type { JsonOptions, JsonReflection, MessageCodec } from "../message/message-codec.js";
export {
  foreignMessage,
  type GeneratedCodec,
  generatedCodec,
  type InitOf,
  missingField,
} from "./generated-codec.js";
export {
  has,
  inherit,
  initBytes,
  initList,
  initMap,
  isPositiveZero,
  isZero,
  long,
  noBytes,
  notANumber,
  setEntry,
  zero,
} from "./init.js";
export { enumFromJson, enumToJson, type JsonEnum, jsonEnum, nullToJson } from "./json-enum.js";
export { type JsonForm, jsonForm, withJson } from "./json-form.js";
export {
  boolFromJson,
  boolKeyFromJson,
  bytesFromJson,
  doubleFromJson,
  floatFromJson,
  int32FromJson,
  int64DigitsFromJson,
  int64FromJson,
  int64KeyFromJson,
  listFromJson,
  mapFromJson,
  stringFromJson,
  stringKeyFromJson,
  uint32FromJson,
  uint64DigitsFromJson,
  uint64FromJson,
  uint64KeyFromJson,
} from "./json-read.js";
export { type JsonReader, once, oneofTwice } from "./json-reader.js";
export {
  anyFromJson,
  anyToJson,
  durationFromJson,
  durationToJson,
  fieldMaskFromJson,
  fieldMaskToJson,
  listValueFromJson,
  listValueToJson,
  structFromJson,
  structToJson,
  timestampFromJson,
  timestampToJson,
  valueFromJson,
  valueToJson,
} from "./json-wkt.js";
export {
  boolToJson,
  bytesToJson,
  extendedToJson,
  floatToJson,
  hasEntries,
  intToJson,
  listToJson,
  longToJson,
  mapToJson,
  stringToJson,
} from "./json-write.js";
export { boolKey, entries, intKey, keys } from "./map-key.js";
export {
  readBool,
  readBytes,
  readDouble,
  readFixed32,
  readFixed64,
  readFloat,
  readInt32,
  readInt64,
  readSfixed32,
  readSfixed64,
  readSint32,
  readSint64,
  readString,
  readUint32,
  readUint64,
  readUnverifiedString,
} from "./read-scalar.js";
export { keepUnknownEnum, Reader, type WithUnknown } from "./reader.js";
export { schemaCodec, schemaJson } from "./schema-codec.js";
export { jsonOfStruct, structOfJson } from "./struct-json.js";
export {
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
  writeUnknown,
} from "./write-scalar.js";
