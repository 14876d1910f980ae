import {
  clone,
  create,
  createFileRegistry,
  type DescFile,
  type DescService,
  type FileRegistry,
  fromBinary,
  isMessage,
  toBinary,
} from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
  type ServiceDescriptorProto,
} from "@bufbuild/protobuf/wkt";

/** @throws TypeError for bytes that are no schema */
export function registryOf(
  schema: Uint8Array | FileDescriptorSet | FileRegistry | undefined,
): FileRegistry | undefined {
  if (schema === undefined) return undefined;
  if (isMessage(schema, FileDescriptorSetSchema)) return createFileRegistry(schema);
  if (!ArrayBuffer.isView(schema)) return schema;
  try {
    return createFileRegistry(fromBinary(FileDescriptorSetSchema, schema));
  } catch (cause) {
    throw new TypeError("the option schema must be what `buf build -o schema.binpb` writes, and it is not", { cause });
  }
}

/**
 * The files of services and of all that they import, each after its imports, as bytes of a `FileDescriptorSet`.
 *
 * @param schema - has the same files with comments, and further types
 */
export function descriptorSet(
  services: readonly DescService[],
  schema: FileRegistry | undefined,
  hidden: (service: DescService) => boolean,
): Uint8Array {
  const files = new Map<string, FileDescriptorProto>();
  const add = (file: DescFile): void => {
    const { name } = file.proto;
    if (files.has(name)) return;
    const better = schema?.getFile(name);
    const best = better !== undefined && declaresAll(better, file) ? better : file;
    for (const dependency of best.dependencies) add(dependency);
    if (!files.has(name)) files.set(name, withoutHidden(best, hidden));
  };
  for (const { file } of services) add(file);
  for (const file of schema?.files ?? []) add(file);
  return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: [...files.values()] }));
}

/** Whether a file of the schema has all RPCs of the same file as it is served: a schema of another day is not shown. */
function declaresAll(better: DescFile, served: DescFile): boolean {
  const methods = new Map(better.services.flatMap(({ methods }) => methods).map((method) => [String(method), method]));
  return served.services
    .flatMap((service) => service.methods)
    .every((method) => {
      const same = methods.get(String(method));
      return (
        same?.methodKind === method.methodKind &&
        same.input.typeName === method.input.typeName &&
        same.output.typeName === method.output.typeName
      );
    });
}

/** Comments are found by the places of what they are about, so they move with what is left. */
function withoutHidden(file: DescFile, hidden: (service: DescService) => boolean): FileDescriptorProto {
  if (!file.services.some(hidden)) return file.proto;
  // The file is shared with the program.
  const proto = clone(FileDescriptorProtoSchema, file.proto);
  const shown = file.services.flatMap((service, index) => (hidden(service) ? [] : [index]));
  proto.service = shown.map((index) => proto.service[index] as ServiceDescriptorProto);
  const locations = proto.sourceCodeInfo?.location ?? [];
  for (const { path } of locations)
    if (path[0] === serviceField && path.length > 1) path[1] = shown.indexOf(path[1] as number);
  if (proto.sourceCodeInfo !== undefined)
    proto.sourceCodeInfo.location = locations.filter(({ path }) => path[1] !== -1);
  return proto;
}

/** The field `service` of a `FileDescriptorProto`. */
const serviceField = 6;
