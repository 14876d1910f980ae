export { BinaryWriter as Writer } from "../message/binary-writer.js";
export type { JsonOptions, JsonReflection, MessageCodec } from "../message/message-codec.js";
export { converted, convertersOfTypes } from "./converted.js";
export {
  checkType,
  type GeneratedCodec,
  generatedCodec,
  list,
  missingField,
  withJson,
} from "./generated-codec.js";
export {
  bytesInit,
  type Choice,
  type Converter,
  type Converters,
  type Fields,
  has,
  inherit,
  initBytes,
  isPositiveZero,
  isZero,
  listInit,
  long,
  mapInit,
  noBytes,
  notANumber,
  zero,
} from "./init.js";
export { jsonCodec } from "./json-codec.js";
export { jsonEnum, jsonNull } from "./json-enum.js";
export { type JsonExtensions, jsonExtensions } from "./json-extensions.js";
export { type JsonForm, jsonForm } from "./json-form.js";
export {
  boolKeyFromJson,
  int32FromJson,
  int64KeyFromJson,
  type JsonKey,
  stringKeyFromJson,
  uint32FromJson,
  uint64KeyFromJson,
} from "./json-read.js";
export type { JsonReader } from "./json-reader.js";
export type { JsonType } from "./json-type.js";
export {
  boolJson,
  bytesJson,
  doubleJson,
  floatJson,
  int32Json,
  int64DigitsJson,
  int64Json,
  listJson,
  mapJson,
  stringJson,
  structFieldJson,
  uint32Json,
  uint64DigitsJson,
  uint64Json,
  wrappedJson,
} from "./json-types.js";
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
export { boolKey, intKey } from "./map-key.js";
export { messageJson, wrapperJson } from "./message-json.js";
export {
  choice,
  readCase,
  readEntry,
  readGroup,
  readItem,
  readMessage,
  readMessageEntry,
  readPacked,
  readValue,
  readWrapped,
} from "./read-message.js";
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
export { jsonOfStruct, structOfJson, structsOfJson } from "./struct-json.js";
export {
  boolField,
  bytesField,
  doubleField,
  fixed32Field,
  fixed64Field,
  floatField,
  int32Field,
  int64Field,
  sfixed32Field,
  sfixed64Field,
  sint32Field,
  sint64Field,
  stringField,
  uint32Field,
  uint64Field,
} from "./write-field.js";
export { writeMap, writeMessageMap } from "./write-map.js";
export {
  inParts,
  messageField,
  writeGroup,
  writeList,
  writeMessage,
  writeMessages,
  writePacked,
  writeWrapped,
  writeWrappedGroup,
} from "./write-message.js";
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
} from "./write-scalar.js";
