import type { DescMessage } from "@bufbuild/protobuf";
import { Edition } from "@bufbuild/protobuf/wkt";
import type { Printable } from "@bufbuild/protoplugin";
import { defaultOf, isImplicit } from "./scalar.js";
import { type CodecScope, codecValue, inherited, key, member } from "./scope.js";

/** Whether messages of a type have their defaults on the prototype, to tell what is set: as in protobuf-es. */
export function hasDefaultsOnPrototype(message: DescMessage): boolean {
  switch (message.file.edition) {
    case Edition.EDITION_PROTO3:
      return false;
    case Edition.EDITION_PROTO2:
      return true;
    default:
      return message.fields.some((f) => !isImplicit(f) && f.fieldKind !== "message" && f.oneof === undefined);
  }
}

/** Prints the function that makes a message without any field set. */
export function printEmpty(scope: CodecScope, message: DescMessage): void {
  const { printer, imports } = scope;
  const shape = imports.shape(printer, message);
  const inherits = hasDefaultsOnPrototype(message);
  const own: [string, Printable][] = [];
  const defaults: [string, Printable][] = [];
  for (const desc of message.members) {
    if (desc.kind === "oneof") {
      own.push([desc.localName, "{ case: undefined }"]);
    } else if (desc.fieldKind === "list") {
      own.push([desc.localName, "[]"]);
    } else if (desc.fieldKind === "map") {
      own.push([desc.localName, "{}"]);
    } else if (desc.fieldKind !== "message") {
      const value = defaultOf(scope, desc);
      if (isImplicit(desc)) own.push([desc.localName, value]);
      if (inherits) defaults.push([desc.localName, value]);
    }
  }
  const name = JSON.stringify(message.typeName);
  const declaration = ["function ", scope.local(message, "empty"), "()", printer.type(": ", shape), " {"];
  if (!inherits) {
    printer.print(...declaration);
    printer.print("  return {");
    printer.print("    $typeName: ", name, ",");
    for (const [property, value] of own) printer.print("    ", key(property), ": ", value, ",");
    // For the type checker, an object has what all objects have: of other types than the fields of these names.
    const hasOthers = message.members.some((m) => inherited.has(m.localName) && !own.some(([n]) => n === m.localName));
    printer.print("  }", hasOthers ? printer.type(" as object as ", shape) : [], ";");
  } else {
    const prototype = scope.local(message, "defaults");
    printer.print("const ", prototype, " = {");
    for (const [property, value] of defaults) printer.print("  ", key(property), ": ", value, ",");
    printer.print("};");
    printer.print();
    printer.print(...declaration);
    const type = printer.type("<", shape, ">");
    printer.print("  const m = ", codecValue(scope, "inherit"), type, "(", prototype, ", ", name, ");");
    for (const [property, value] of own) printer.print("  ", member("m", property), " = ", value, ";");
    printer.print("  return m;");
  }
  printer.print("}");
  printer.print();
}
