// A service whose messages have lists, maps and messages in messages: those that protobuf-es brings along.
import { create, createFileRegistry, type DescService, type Registry } from "@bufbuild/protobuf";
import {
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_descriptor,
  file_google_protobuf_struct,
  file_google_protobuf_wrappers,
} from "@bufbuild/protobuf/wkt";

const files = [file_google_protobuf_descriptor, file_google_protobuf_struct, file_google_protobuf_wrappers];
/** RPCs, and the type that each takes and gives. */
const types = {
  File: "FileDescriptorProto",
  List: "ListValue",
  Struct: "Struct",
  Integer: "Int64Value",
} as const;
export type CostMethod = keyof typeof types;

const file = create(FileDescriptorProtoSchema, {
  name: "cost/v1/cost.proto",
  package: "cost.v1",
  syntax: "proto3",
  dependency: files.map(({ proto }) => proto.name),
  service: [
    {
      name: "CostService",
      method: Object.entries(types).map(([name, type]) => {
        const typeName = `.google.protobuf.${type}`;
        return { name, inputType: typeName, outputType: typeName };
      }),
    },
  ],
});
const registry: Registry = createFileRegistry(
  create(FileDescriptorSetSchema, { file: [...files.map(({ proto }) => proto), file] }),
);
export const costService: DescService = registry.getService("cost.v1.CostService") as DescService;
