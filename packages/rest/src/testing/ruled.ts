import {
  create,
  createFileRegistry,
  type DescService,
  fromJson,
  type JsonValue,
  setExtension,
} from "@bufbuild/protobuf";
import {
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_field_mask,
  file_google_protobuf_timestamp,
} from "@bufbuild/protobuf/wkt";
import {
  FieldRulesSchema,
  field,
  file_buf_validate_validate,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

const fields: readonly (readonly [
  name: string,
  type: string,
  rules: JsonValue,
  more?: { readonly [name: string]: JsonValue },
])[] = [
  ["name", "TYPE_STRING", { required: true, string: { minLen: "2", maxLen: "10", pattern: "^[a-z]+$" } }],
  ["mail", "TYPE_STRING", { string: { email: true } }],
  ["count", "TYPE_INT32", { int32: { gt: 0, lte: 100 } }],
  [
    "tags",
    "TYPE_STRING",
    { repeated: { minItems: "1", unique: true, items: { string: { minLen: "3" } } } },
    { label: "LABEL_REPEATED" },
  ],
  ["size", "TYPE_STRING", { string: { in: ["small", "large"] } }],
  ["big", "TYPE_INT64", { int64: { gt: "1" } }],
  ["self", "TYPE_MESSAGE", {}, { typeName: ".ruled.v1.Item" }],
];

/** Comments, by the path of what they stand before. */
const comments: readonly (readonly [path: readonly number[], text: string])[] = [
  [[4, 0], " Item is a thing.\n"],
  [[4, 0, 2, 0], " The name.\n It is short.\n"],
  [[6, 0], " Ruled has rules.\n"],
  [[6, 0, 2, 0], " Get gets.\n"],
];

/** A service whose message has rules of protovalidate. */
export function ruled(): DescService {
  return serviceWith([]);
}

/** {@link ruled}, with comments. */
export function commented(): DescService {
  return serviceWith(comments);
}

function serviceWith(own: typeof comments): DescService {
  const file = fromJson(FileDescriptorProtoSchema, {
    name: "ruled.proto",
    package: "ruled.v1",
    syntax: "proto3",
    dependency: ["buf/validate/validate.proto"],
    messageType: [
      {
        name: "Item",
        field: fields.map(([name, type, , more = {}], index) => ({
          name,
          jsonName: name,
          number: index + 1,
          label: "LABEL_OPTIONAL",
          type,
          ...more,
        })),
      },
    ],
    service: [
      {
        name: "Ruled",
        method: [
          {
            name: "Get",
            inputType: ".ruled.v1.Item",
            outputType: ".ruled.v1.Item",
            options: { idempotencyLevel: "NO_SIDE_EFFECTS", deprecated: true },
          },
          { name: "Watch", inputType: ".ruled.v1.Item", outputType: ".ruled.v1.Item", serverStreaming: true },
        ],
      },
    ],
    sourceCodeInfo: { location: own.map(([path, leadingComments]) => ({ path: [...path], leadingComments })) },
  });
  fields.forEach(([, , rules], index) => {
    const proto = file.messageType[0]?.field[index];
    if (proto === undefined) return;
    proto.options = create(FieldOptionsSchema);
    setExtension(proto.options, field, fromJson(FieldRulesSchema, rules));
  });
  const imports = [
    file_google_protobuf_descriptor,
    file_google_protobuf_duration,
    file_google_protobuf_field_mask,
    file_google_protobuf_timestamp,
    file_buf_validate_validate,
  ];
  const set = create(FileDescriptorSetSchema, { file: [...imports.map(({ proto }) => proto), file] });
  const service = createFileRegistry(set).getService("ruled.v1.Ruled");
  if (service === undefined) throw new Error("the schema has no service");
  return service;
}
