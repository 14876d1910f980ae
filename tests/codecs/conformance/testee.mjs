// The program under test of protobuf's conformance runner: it reads requests from standard input and answers each.
// https://github.com/protocolbuffers/protobuf/tree/main/conformance
import { readSync, writeSync } from "node:fs";
import { create, createRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import * as wellKnown from "@bufbuild/protobuf/wkt";
import { json, jsonReflection } from "@connect-ts/runtime";
import { esCodec } from "@connect-ts/runtime/dynamic";
import {
  ConformanceRequestSchema,
  ConformanceResponseSchema,
  FailureSetSchema,
  TestCategory,
  WireFormat,
} from "../.cache/conformance-code/conformance/conformance_pb.ts";
import * as edition2023Codecs from "../.cache/conformance-code/google/protobuf/test_messages_edition2023_codec.ts";
import * as edition2023Schemas from "../.cache/conformance-code/google/protobuf/test_messages_edition2023_pb.ts";
import * as proto2Codecs from "../.cache/conformance-code/google/protobuf/test_messages_proto2_codec.ts";
import * as proto2EditionsCodecs from "../.cache/conformance-code/google/protobuf/test_messages_proto2_editions_codec.ts";
import * as proto2EditionsSchemas from "../.cache/conformance-code/google/protobuf/test_messages_proto2_editions_pb.ts";
import * as proto2Schemas from "../.cache/conformance-code/google/protobuf/test_messages_proto2_pb.ts";
import * as proto3Codecs from "../.cache/conformance-code/google/protobuf/test_messages_proto3_codec.ts";
import * as proto3EditionsCodecs from "../.cache/conformance-code/google/protobuf/test_messages_proto3_editions_codec.ts";
import * as proto3EditionsSchemas from "../.cache/conformance-code/google/protobuf/test_messages_proto3_editions_pb.ts";
import * as proto3Schemas from "../.cache/conformance-code/google/protobuf/test_messages_proto3_pb.ts";
import { isCodec, isMessageSchema } from "../generated.ts";

const exportsOf = (...modules) => modules.flatMap((module) => Object.values(module));
const descriptors = exportsOf(
  edition2023Schemas,
  proto2Schemas,
  proto2EditionsSchemas,
  proto3Schemas,
  proto3EditionsSchemas,
);
const schemas = descriptors.filter(isMessageSchema);
const generated = exportsOf(
  edition2023Codecs,
  proto2Codecs,
  proto2EditionsCodecs,
  proto3Codecs,
  proto3EditionsCodecs,
).filter(isCodec);
const used = process.argv[2] === "generated" ? generated : schemas.map((schema) => esCodec(schema));
const codecs = new Map(used.map((codec) => [codec.typeName, codec]));
const extensions = descriptors.filter((value) => value.kind === "extension");
const registry = createRegistry(...schemas, ...extensions, ...Object.values(wellKnown).filter(isMessageSchema));

function answer(request) {
  if (request.messageType === "conformance.FailureSet") {
    return { case: "protobufPayload", value: toBinary(FailureSetSchema, create(FailureSetSchema)) };
  }
  const codec = codecs.get(request.messageType);
  if (codec === undefined) return { case: "runtimeError", value: `unknown message type ${request.messageType}` };
  const options = {
    registry,
    reflection: jsonReflection,
    ignoreUnknownFields: request.testCategory === TestCategory.JSON_IGNORE_UNKNOWN_PARSING_TEST,
  };
  const text = json(options);
  let message;
  try {
    switch (request.payload.case) {
      case "protobufPayload": {
        const bytes = request.payload.value;
        message = codec.fromBinary(bytes, 0, bytes.length);
        break;
      }
      case "jsonPayload": {
        const bytes = new TextEncoder().encode(request.payload.value);
        message = text.decode(bytes, 0, bytes.length, codec);
        break;
      }
      default:
        return { case: "skipped", value: "not supported" };
    }
  } catch (error) {
    return { case: "parseError", value: String(error) };
  }
  try {
    switch (request.requestedOutputFormat) {
      case WireFormat.PROTOBUF:
        return { case: "protobufPayload", value: codec.toBinary(message, 0) };
      case WireFormat.JSON:
        return { case: "jsonPayload", value: new TextDecoder().decode(text.encode(message, codec, 0)) };
      default:
        return { case: "skipped", value: "not supported" };
    }
  } catch (error) {
    return { case: "serializeError", value: String(error) };
  }
}

function read(size) {
  const buffer = Buffer.alloc(size);
  for (let at = 0; at < size; ) {
    const count = readSync(0, buffer, at, size - at, null);
    if (count === 0) return undefined;
    at += count;
  }
  return buffer;
}

for (;;) {
  const size = read(4)?.readUInt32LE();
  const bytes = size === undefined ? undefined : read(size);
  if (bytes === undefined) break;
  const result = answer(fromBinary(ConformanceRequestSchema, bytes));
  const response = toBinary(ConformanceResponseSchema, create(ConformanceResponseSchema, { result }));
  const frame = Buffer.alloc(4 + response.length);
  frame.writeUInt32LE(response.length);
  frame.set(response, 4);
  for (let at = 0; at < frame.length; ) at += writeSync(1, frame, at);
}
