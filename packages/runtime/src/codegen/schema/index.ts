// A door for generated code that stands on descriptors, apart from the others: it brings protobuf-es along.
export { binaryCodecOf, codecOf } from "../../message/codec-of.js";
export { schemaCodec, schemaJson } from "../schema-codec.js";
