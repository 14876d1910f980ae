import type { DescEnum, DescExtension, DescMessage, DescMethod, DescService } from "@bufbuild/protobuf";
import type { Schema } from "@bufbuild/protoplugin";
import { locate } from "./located-error.js";
import { memberName } from "./names.js";

/** protoc-gen-es declares constants of these names, and ECMAScript has none of them in a module. */
const forbiddenValues = new Set(["await", "arguments", "eval"]);

/** protoc-gen-es declares types of these names, and TypeScript takes them for something else, where they are declared or where they are used. */
const forbiddenTypes = new Set([
  "any",
  "await",
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
    for (const desc of schema.typesInFile(file)) {
      // What is nested in a message has the message's name before its own.
      const isTopLevel = desc.kind === "service" || desc.parent === undefined;
      if (isTopLevel && isForbidden(desc)) {
        problems.push(
          `${locate(desc)}: ${desc.kind} "${desc.name}" needs another name: protoc-gen-es would declare "${desc.name}", which TypeScript does not allow.`,
        );
      }
      if (desc.kind === "service") {
        problems.push(...checkMembers(desc));
      }
    }
  }
  if (problems.length > 0) {
    throw new Error(problems.join("\n"));
  }
}

function isForbidden({ kind, name }: DescMessage | DescEnum | DescExtension | DescService): boolean {
  switch (kind) {
    case "message":
      // `type as = ...` cannot be parsed; other declarations of the name can.
      return forbiddenTypes.has(name) || name === "as";
    case "enum":
      return forbiddenTypes.has(name) || forbiddenValues.has(name);
    default:
      return forbiddenValues.has(name);
  }
}

function checkMembers(service: DescService): string[] {
  const problems: string[] = [];
  const members = new Map<string, DescMethod>();
  for (const method of service.methods) {
    const member = memberName(method);
    const earlier = members.get(member);
    if (earlier === undefined) {
      members.set(member, method);
    } else {
      problems.push(
        `${locate(method)}: rpc "${method.name}" and rpc "${earlier.name}" (${locate(earlier)}) of service "${service.typeName}" would both become the method "${member}" in TypeScript: rename one of them.`,
      );
    }
  }
  return problems;
}
