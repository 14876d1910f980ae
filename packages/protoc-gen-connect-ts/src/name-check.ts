import type {
  DescEnum,
  DescExtension,
  DescField,
  DescFile,
  DescMessage,
  DescOneof,
  DescService,
} from "@bufbuild/protobuf";
import type { Schema } from "@bufbuild/protoplugin";
import { locate, warn } from "./located-error.js";
import { memberName } from "./names.js";

/** What no module can declare, or import. */
const forbiddenNames = new Set(["await", "arguments", "eval"]);

/** What TypeScript does not take for the name of a type, where it is declared or where it is used. */
const forbiddenTypes = new Set([
  "any",
  "infer",
  "keyof",
  "never",
  "readonly",
  "symbol",
  "undefined",
  "unique",
  "unknown",
]);

/** Refuses what cannot be expressed in TypeScript, and says where it stands and what to do. */
export function checkNames(schema: Schema): void {
  const problems: string[] = [];
  for (const file of schema.files) {
    warnOfFileName(schema, file);
    for (const desc of schema.typesInFile(file)) {
      // What is nested in a message has the message's name before its own.
      const isTopLevel = desc.kind === "service" || desc.parent === undefined;
      if (isTopLevel && isForbidden(desc)) {
        problems.push(
          `${locate(desc)}: ${desc.kind} "${desc.name}" needs another name: protoc-gen-es would declare "${desc.name}", which TypeScript does not allow.`,
        );
      }
      if (desc.kind === "service") {
        problems.push(...checkRpcs(desc));
      }
      if (desc.kind === "message") {
        problems.push(...checkFields(desc.members, "both become the property"));
        for (const { fields } of desc.oneofs) {
          problems.push(...checkFields(fields, "both become the case"));
        }
      }
    }
  }
  if (problems.length > 0) {
    throw new Error(problems.join("\n"));
  }
}

/**
 * A relative import is part of a URL for the loaders of Node.js, Deno, Bun and browsers, and a path for TypeScript: no
 * import means the same file for both when there is one of these characters in its name.
 */
function warnOfFileName({ options }: Schema, { proto, messages, enums, services, extensions }: DescFile): void {
  const character = /[%?#]/.exec(proto.name)?.[0];
  const isImported = messages.length + enums.length + services.length + extensions.length > 0;
  if (character === undefined || !isImported || options.jsImportStyle !== "module") return;
  warn(
    `${proto.name}: ECMAScript modules cannot import files with "${character}" in their names: rename the file, or compile the generated code to CommonJS.`,
  );
}

function isForbidden({ kind, name }: DescMessage | DescEnum | DescExtension | DescService): boolean {
  const isType = kind === "message" || kind === "enum";
  // `type as = ...` cannot be parsed; other declarations of the name can.
  return forbiddenNames.has(name) || (isType && forbiddenTypes.has(name)) || (kind === "message" && name === "as");
}

function checkRpcs(service: DescService): string[] {
  return twins(service.methods, memberName).map(
    ([method, earlier, member]) =>
      `${locate(method)}: rpc "${method.name}" and rpc "${earlier.name}" (${locate(earlier)}) of service "${service.typeName}" would both become the method "${member}" in TypeScript: rename one of them.`,
  );
}

function checkFields(members: readonly (DescField | DescOneof)[], what: string): string[] {
  return twins(members, ({ localName }) => localName).map(
    ([member, earlier, name]) =>
      `${locate(member)}: ${member.kind} "${member.name}" and ${earlier.kind} "${earlier.name}" (${locate(earlier)}) of message "${member.parent.typeName}" would ${what} "${name}" in TypeScript: rename one of them.`,
  );
}

/** What has the name of an earlier one, with that one and the name. */
function twins<T>(all: readonly T[], nameOf: (item: T) => string): [T, T, string][] {
  const found: [T, T, string][] = [];
  const byName = new Map<string, T>();
  for (const item of all) {
    const name = nameOf(item);
    const earlier = byName.get(name);
    if (earlier === undefined) byName.set(name, item);
    else found.push([item, earlier, name]);
  }
  return found;
}
