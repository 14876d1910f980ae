import {
  create,
  createFileRegistry,
  type DescService,
  type FileRegistry,
  fromJson,
  type JsonValue,
  setExtension,
} from "@bufbuild/protobuf";
import {
  FieldOptionsSchema,
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

const string = (name: string, number: number, rest: object = {}): JsonValue => ({
  name,
  number,
  label: "LABEL_OPTIONAL",
  type: "TYPE_STRING",
  jsonName: name,
  ...rest,
});
const rpc = (name: string, kind: object = {}): JsonValue => ({
  name,
  inputType: ".t.Item",
  outputType: ".t.Item",
  ...kind,
});
const serverStreaming = { serverStreaming: true };
const clientStreaming = { clientStreaming: true };

/** Rules by message and field. */
const rules: readonly (readonly [message: string, field: string, rules: JsonValue])[] = [
  ["Item", "name", { string: { minLen: "2" } }],
  ["Item", "tags", { repeated: { items: { string: { maxLen: "3" } } } }],
  ["Item", "prices", { map: { values: { string: { minLen: "1" } } } }],
  ["Part", "size", { string: { in: ["small", "large"] } }],
  ["Bad", "name", { cel: [{ id: "bad", expression: "this.nothing(" }] }],
];

export const registry: FileRegistry = makeRegistry();

function makeRegistry(): FileRegistry {
  const set = fromJson(FileDescriptorSetSchema, {
    file: [
      {
        name: "t.proto",
        package: "t",
        syntax: "proto3",
        dependency: ["buf/validate/validate.proto"],
        messageType: [
          {
            name: "Item",
            field: [
              string("name", 1),
              string("tags", 2, { label: "LABEL_REPEATED" }),
              string("prices", 3, { label: "LABEL_REPEATED", type: "TYPE_MESSAGE", typeName: ".t.Item.PricesEntry" }),
              string("part", 4, { type: "TYPE_MESSAGE", typeName: ".t.Part" }),
            ],
            nestedType: [
              { name: "PricesEntry", options: { mapEntry: true }, field: [string("key", 1), string("value", 2)] },
            ],
          },
          { name: "Part", field: [string("size", 1)] },
          { name: "Bad", field: [string("name", 1)] },
        ],
        service: [
          {
            name: "S",
            method: [
              rpc("Get"),
              rpc("List", serverStreaming),
              rpc("Fill", clientStreaming),
              rpc("Talk", { ...serverStreaming, ...clientStreaming }),
              { name: "Wrong", inputType: ".t.Bad", outputType: ".t.Bad" },
            ],
          },
        ],
      },
    ],
  });
  const messages = set.file[0]?.messageType ?? [];
  for (const [message, name, given] of rules) {
    const proto = messages.find((one) => one.name === message)?.field.find((one) => one.name === name);
    if (proto === undefined) throw new Error(`there is no ${message}.${name}`);
    proto.options = create(FieldOptionsSchema);
    setExtension(proto.options, field, fromJson(FieldRulesSchema, given));
  }
  const imports = [
    file_google_protobuf_descriptor,
    file_google_protobuf_duration,
    file_google_protobuf_field_mask,
    file_google_protobuf_timestamp,
    file_buf_validate_validate,
  ];
  return createFileRegistry(
    create(FileDescriptorSetSchema, { file: [...imports.map(({ proto }) => proto), ...set.file] }),
  );
}

export function serviceOf(): DescService {
  const service = registry.getService("t.S");
  if (service === undefined) throw new Error("the schema has no service");
  return service;
}
