import type { DescEnum, DescExtension, DescMessage, DescMethod, DescService } from "@bufbuild/protobuf";
import type { Schema } from "@bufbuild/protoplugin";
import { locate } from "./located-error.js";
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
  const isType = kind === "message" || kind === "enum";
  // `type as = ...` cannot be parsed; other declarations of the name can.
  return forbiddenNames.has(name) || (isType && forbiddenTypes.has(name)) || (kind === "message" && name === "as");
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
