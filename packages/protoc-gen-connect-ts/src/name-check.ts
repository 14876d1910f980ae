import type { DescMethod, DescService } from "@bufbuild/protobuf";
import type { Schema } from "@bufbuild/protoplugin";
import { locate } from "./located-error.js";
import { memberName } from "./names.js";

/**
 * Names that protoc-gen-es exports as they are, and that cannot be exported: in a module, `await`,
 * `arguments` and `eval` cannot be declared at all, the others cannot be names of types in TypeScript.
 */
const unexportableValues = new Set(["await", "arguments", "eval"]);
const unexportableTypes = new Set(["any", "unknown", "never", "symbol", "undefined", "await"]);

/** Refuses what cannot be expressed in TypeScript, and says where it stands and what to do. */
export function checkNames(schema: Schema): void {
  const problems: string[] = [];
  for (const file of schema.files) {
    for (const desc of schema.typesInFile(file)) {
      const unexportable =
        desc.kind === "service" || desc.kind === "extension" ? unexportableValues : unexportableTypes;
      // What is nested in a message has the message's name before its own.
      const isTopLevel = desc.kind === "service" || desc.parent === undefined;
      if (isTopLevel && unexportable.has(desc.name)) {
        problems.push(
          `${locate(desc)}: the ${desc.kind} "${desc.name}" needs another name: TypeScript cannot export this one.`,
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
