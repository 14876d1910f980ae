export { BinaryWriter as Writer } from "../message/binary-writer.js";
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
  setEntry,
  zero,
} from "./init.js";
export { boolKey, entries, intKey } from "./map-key.js";
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
export { schemaCodec } from "./schema-codec.js";
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
