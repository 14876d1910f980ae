import type { AnyDesc, DescField } from "@bufbuild/protobuf";
import {
  createFileRegistry,
  type DescMessage,
  type DescMethod,
  type DescService,
  type FileRegistry,
  fromBinary,
  type JsonValue,
  type Message,
  toJson,
} from "@bufbuild/protobuf";
import {
  FieldOptionsSchema,
  FileDescriptorSetSchema,
  MethodOptionsSchema,
  ServiceOptionsSchema,
} from "@bufbuild/protobuf/wkt";

/** What is shown: services, and all types. */
export interface Schema {
  readonly registry: FileRegistry;
  readonly services: readonly DescService[];
}

/** @param names the services to show */
export async function readSchema(names: readonly string[]): Promise<Schema> {
  const response = await fetch("descriptors.binpb");
  if (!response.ok) throw new Error((await response.text()).trim());
  const bytes = new Uint8Array(await response.arrayBuffer());
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes));
  const services = names.map((name) => registry.getService(name)).filter((found) => found !== undefined);
  return { registry, services: services.sort((one, other) => (one.typeName < other.typeName ? -1 : 1)) };
}

export function isDeprecated(desc: AnyDesc): boolean {
  return desc.kind !== "file" && (desc.proto.options as { deprecated?: boolean } | undefined)?.deprecated === true;
}

/** The options of a declaration as JSON, those of one's own too; `undefined` when it has none. */
export function optionsOf(desc: DescService | DescMethod | DescField, registry: FileRegistry): JsonValue | undefined {
  const { options } = desc.proto;
  if (options === undefined) return undefined;
  const schemas = { service: ServiceOptionsSchema, rpc: MethodOptionsSchema, field: FieldOptionsSchema } as const;
  const json = jsonOf(schemas[desc.kind], () => options, registry);
  return json === null || Object.keys(json as object).length === 0 ? undefined : json;
}

/** A message as JSON. What cannot be read, or written, is told in its place. */
export function jsonOf(schema: DescMessage, read: () => Message, registry: FileRegistry): JsonValue {
  try {
    return toJson(schema, read(), { registry });
  } catch (error) {
    return { "(not shown)": String(error) };
  }
}

export const kindNames: { readonly [Kind in DescMethod["methodKind"]]: string } = {
  unary: "unary",
  server_streaming: "server stream",
  client_streaming: "client stream",
  bidi_streaming: "bidi stream",
};
