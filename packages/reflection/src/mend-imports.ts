import { nestedTypes } from "@bufbuild/protobuf/reflect";
import type { DescriptorProto, FieldDescriptorProto, FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { wellKnownFiles } from "./well-known-files.js";

/**
 * Adds the imports that files lack. Servers of grpc-js have a file for each package, made of what was loaded, which imports nothing, and
 * names types as the schema does; what they have of `google.protobuf` gives way to protobuf's own files.
 *
 * @param files - by name; changed
 */
export function mendImports(files: Map<string, FileDescriptorProto>): void {
  const owners = new Map<string, FileDescriptorProto>();
  const ours = new Map(wellKnownFiles.map(({ proto }) => [proto.name, proto]));
  for (const [name, proto] of ours) if (files.has(name)) files.set(name, proto);
  for (const file of files.values()) for (const name of declared(file)) owners.set(name, file);
  for (const file of wellKnownFiles) {
    for (const type of nestedTypes(file)) if ("typeName" in type) owners.set(`.${type.typeName}`, file.proto);
  }
  // Iterations over the map come to what is added.
  for (const file of files.values()) {
    if (ours.has(file.name)) {
      // All programs share it, so it is not changed.
      for (const name of file.dependency) files.set(name, ours.get(name) ?? (files.get(name) as FileDescriptorProto));
      continue;
    }
    completeNames(file, owners);
    const own = new Set(declared(file));
    const imported = new Set<string>();
    for (const name of file.dependency) addWithImports(name, files, imported);
    for (const name of references(file)) {
      const owner = own.has(name) ? undefined : owners.get(name);
      if (owner === undefined || imported.has(owner.name)) continue;
      file.dependency.push(owner.name);
      if (!files.has(owner.name)) files.set(owner.name, owner);
      addWithImports(owner.name, files, imported);
    }
  }
  const needed = new Set([...files.values()].flatMap(({ dependency }) => dependency));
  for (const { name, package: scope } of [...files.values()]) {
    if (scope === "google.protobuf" && !ours.has(name) && !needed.has(name)) files.delete(name);
  }
}

/** Adds a file, and what it imports itself: imports may be public. */
function addWithImports(name: string, files: ReadonlyMap<string, FileDescriptorProto>, all: Set<string>): void {
  if (all.has(name)) return;
  all.add(name);
  for (const next of files.get(name)?.dependency ?? []) addWithImports(next, files, all);
}

/** The full names of the messages and enums of a file, each with a dot before it. */
function declared({ package: scope, messageType, enumType }: FileDescriptorProto): readonly string[] {
  const prefix = scope === "" ? "." : `.${scope}.`;
  const inMessage = (message: DescriptorProto, before: string): string[] => {
    const name = before + message.name;
    return [
      name,
      ...message.enumType.map((one) => `${name}.${one.name}`),
      ...message.nestedType.flatMap((one) => inMessage(one, `${name}.`)),
    ];
  };
  return [...enumType.map(({ name }) => prefix + name), ...messageType.flatMap((one) => inMessage(one, prefix))];
}

/** Makes names of types full that are said from where they stand. */
function completeNames(
  { package: scope, extension, messageType }: FileDescriptorProto,
  known: ReadonlyMap<string, unknown>,
): void {
  const full = (name: string, within: readonly string[]): string => {
    if (name === "" || name.startsWith(".")) return name;
    for (let length = within.length; length >= 0; length--) {
      const candidate = ["", ...within.slice(0, length), name].join(".");
      if (known.has(candidate)) return candidate;
    }
    return name;
  };
  const complete = (fields: readonly FieldDescriptorProto[], within: readonly string[]): void => {
    for (const field of fields) {
      const [typeName, extendee] = [full(field.typeName, within), full(field.extendee, within)];
      // To set an empty name would say that there is one.
      if (typeName !== field.typeName) field.typeName = typeName;
      if (extendee !== field.extendee) field.extendee = extendee;
    }
  };
  const visit = (message: DescriptorProto, outside: readonly string[]): void => {
    const within = [...outside, message.name];
    complete([...message.field, ...message.extension], within);
    for (const nested of message.nestedType) visit(nested, within);
  };
  const top = scope === "" ? [] : scope.split(".");
  complete(extension, top);
  for (const message of messageType) visit(message, top);
}

/** The full names of the types that a file uses. */
function references({ extension, messageType, service }: FileDescriptorProto): readonly string[] {
  const ofFields = (fields: readonly FieldDescriptorProto[]): string[] =>
    fields.flatMap(({ extendee, typeName }) => [extendee, typeName].filter((name) => name !== ""));
  const ofMessage = (message: DescriptorProto): string[] => [
    ...ofFields(message.field),
    ...ofFields(message.extension),
    ...message.nestedType.flatMap(ofMessage),
  ];
  return [
    ...ofFields(extension),
    ...messageType.flatMap(ofMessage),
    ...service.flatMap(({ method }) => method.flatMap(({ inputType, outputType }) => [inputType, outputType])),
  ];
}
