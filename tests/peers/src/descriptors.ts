// A file of its own: several peers need the schema.
import { create, toBinary } from "@bufbuild/protobuf";
import {
  FileDescriptorSetSchema,
  file_google_protobuf_any,
  file_google_protobuf_descriptor,
} from "@bufbuild/protobuf/wkt";
import { file_ping_v1_options } from "../../gen/src/ping/v1/options_pb.js";
import { file_ping_v1_ping } from "../../gen/src/ping/v1/ping_pb.js";

/** The schema that peers work from, imports first: a `google.protobuf.FileDescriptorSet`. */
export function descriptorSet(): Uint8Array {
  const files = [file_google_protobuf_descriptor, file_google_protobuf_any, file_ping_v1_options, file_ping_v1_ping];
  return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: files.map(({ proto }) => proto) }));
}
