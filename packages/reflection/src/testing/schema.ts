import {
  create,
  createFileRegistry,
  type DescFile,
  type DescService,
  type FileRegistry,
  fromJson,
  type JsonValue,
  setExtension,
} from "@bufbuild/protobuf";
import {
  type FileDescriptorSet,
  FileDescriptorSetSchema,
  file_google_protobuf_descriptor,
  MethodOptionsSchema,
} from "@bufbuild/protobuf/wkt";
import type { ServiceHandler } from "@connect-ts/runtime";
import { createHandler } from "@connect-ts/runtime/dynamic";

const string = { label: "LABEL_OPTIONAL", type: "TYPE_STRING" };
const method = (name: string, kind: object = {}): JsonValue => ({
  name,
  inputType: ".acme.v1.Item",
  outputType: ".acme.v1.Item",
  ...kind,
});

const files: JsonValue = {
  file: [
    {
      name: "acme/v1/options.proto",
      package: "acme.v1",
      syntax: "proto3",
      dependency: ["google/protobuf/descriptor.proto"],
      extension: [{ name: "note", number: 50001, extendee: ".google.protobuf.MethodOptions", ...string }],
    },
    {
      name: "acme/v1/base.proto",
      package: "acme.v1",
      syntax: "proto2",
      messageType: [{ name: "Base", extensionRange: [{ start: 100, end: 200 }] }],
      enumType: [{ name: "Color", value: [{ name: "RED", number: 0 }] }],
    },
    {
      name: "acme/v1/shop.proto",
      package: "acme.v1",
      syntax: "proto2",
      dependency: ["acme/v1/options.proto", "acme/v1/base.proto"],
      messageType: [
        {
          name: "Item",
          field: [{ name: "name", number: 1, ...string, oneofIndex: 0 }],
          oneofDecl: [{ name: "kind" }],
          nestedType: [{ name: "Part" }],
          enumType: [{ name: "Size", value: [{ name: "SMALL", number: 0 }] }],
          extension: [{ name: "inner", number: 101, extendee: ".acme.v1.Base", ...string }],
        },
      ],
      extension: [{ name: "outer", number: 100, extendee: ".acme.v1.Base", ...string }],
      service: [
        {
          name: "Shop",
          method: [
            method("Buy"),
            method("List", { serverStreaming: true }),
            method("Fill", { clientStreaming: true }),
            method("Haggle", { clientStreaming: true, serverStreaming: true }),
          ],
        },
        { name: "Admin", method: [method("Close")] },
      ],
    },
    {
      name: "acme/v1/late.proto",
      package: "acme.v1",
      syntax: "proto2",
      dependency: ["acme/v1/base.proto"],
      extension: [{ name: "late", number: 102, extendee: ".acme.v1.Base", ...string }],
    },
  ],
};

/** Two services, in files that import each other, with extensions and an option of an RPC. */
export const schema: FileDescriptorSet = makeSchema();
export const registry: FileRegistry = createFileRegistry(schema);

function makeSchema(): FileDescriptorSet {
  const set = create(FileDescriptorSetSchema, {
    file: [file_google_protobuf_descriptor.proto, ...fromJson(FileDescriptorSetSchema, files).file],
  });
  const note = createFileRegistry(set).getExtension("acme.v1.note");
  const buy = set.file.find(({ name }) => name === "acme/v1/shop.proto")?.service[0]?.method[0];
  if (note === undefined || buy === undefined) throw new Error("the schema lacks its option");
  buy.options = create(MethodOptionsSchema);
  setExtension(buy.options, note, "for customers");
  return set;
}

export function fileOf(name: string): DescFile {
  const file = registry.getFile(name);
  if (file === undefined) throw new Error(`there is no ${name}`);
  return file;
}

export function serviceOf(name: string): DescService {
  const service = registry.getService(name);
  if (service === undefined) throw new Error(`there is no ${name}`);
  return service;
}

export const shop: ServiceHandler = createHandler(serviceOf("acme.v1.Shop"), {
  buy: (item: never) => item,
  async *list(item: never) {
    yield item;
    yield item;
  },
  async fill(items: AsyncIterable<unknown>) {
    let last: unknown;
    for await (const item of items) last = item;
    return last;
  },
  haggle: (items: AsyncIterable<unknown>) => items,
});
export const admin: ServiceHandler = createHandler(serviceOf("acme.v1.Admin"), { close: (item: never) => item });
