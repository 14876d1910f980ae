import { type DescMessage, type DescOneof, ScalarType } from "@bufbuild/protobuf";
import { Edition } from "@bufbuild/protobuf/wkt";
import type { Printable } from "@bufbuild/protoplugin";
import { defaultOf, isImplicit } from "./scalar.js";
import { type CodecScope, codecType, codecValue, formOf, key, member, ownMember } from "./scope.js";

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
    printer.print("  };");
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

/** Prints the function that makes a message of an init shape. */
export function printMake(scope: CodecScope, message: DescMessage): void {
  const { printer, imports } = scope;
  const shape = imports.shape(printer, message);
  const parameter = message.members.length === 0 ? "_init" : "init";
  printer.print(
    "function ",
    scope.local(message, "make"),
    `(${parameter}`,
    printer.type(": ", codecType(scope, "InitOf"), "<", shape, ">"),
    ")",
    printer.type(": ", shape),
    " {",
  );
  printer.print("  const m = ", scope.local(message, "empty"), "();");
  for (const desc of message.members) {
    const from = member("init", desc.localName);
    const to = member("m", desc.localName);
    if (desc.kind === "oneof") {
      printMakeOneof(scope, desc, from, to);
    } else {
      const own = ownMember(scope, "init", desc.localName);
      printer.print("  if (", own, from, " != null) ", to, " = ", converted(scope, desc, from), ";");
    }
  }
  printer.print("  return m;");
  printer.print("}");
  printer.print();
}

function printMakeOneof(scope: CodecScope, oneof: DescOneof, from: string, to: string): void {
  const { printer } = scope;
  printer.print("  if (", from, " != null) {");
  printer.print("    const it = ", from, ";");
  printer.print("    switch (it.case) {");
  for (const field of oneof.fields) {
    const name = printer.file.string(field.localName);
    printer.print("      case ", name, ":");
    printer.print("        ", to, " = { case: ", name, ", value: ", converted(scope, field, "it.value"), " };");
    printer.print("        break;");
  }
  printer.print("    }");
  printer.print("  }");
}

/** A member of an init shape as it stands in the message. */
function converted(scope: CodecScope, field: DescMessage["fields"][number], value: string): Printable {
  const convert = converter(scope, field);
  if (convert === undefined) return value;
  switch (field.fieldKind) {
    case "list":
      return [codecValue(scope, "initList"), "(", value, ", ", convert, ")"];
    case "map":
      return [codecValue(scope, "initMap"), "(", value, ", ", convert, ")"];
    default:
      return [convert, "(", value, ")"];
  }
}

function converter(scope: CodecScope, field: DescMessage["fields"][number]): Printable | undefined {
  if (field.message !== undefined) {
    const form = formOf(field);
    if (form === "message") return scope.call(field.message, "nested");
    if (form === "json") return undefined;
    return field.message.fields[0]?.scalar === ScalarType.BYTES ? codecValue(scope, "initBytes") : undefined;
  }
  return field.scalar === ScalarType.BYTES ? codecValue(scope, "initBytes") : undefined;
}
