import type { DescEnum, DescExtension, DescField, DescMessage, DescOneof, DescService } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { scalarTypeScriptType } from "@bufbuild/protobuf/codegenv2";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import type { Printable } from "@bufbuild/protoplugin";
import { type Imports, initName } from "./imports.js";
import type { Printer } from "./printer.js";

/** Prints the `_init` file: for each message the type that it can be made from. It has types only. */
export function printInitFile(
  printer: Printer,
  types: Iterable<DescMessage | DescEnum | DescExtension | DescService>,
  imports: Imports,
): void {
  if (!printer.types) {
    return;
  }
  for (const desc of types) {
    if (desc.kind === "message") {
      printInitType(printer, desc, imports);
    }
  }
}

function printInitType(printer: Printer, message: DescMessage, imports: Imports): void {
  const shape = imports.shape(printer, message);
  const deprecated = message.deprecated ? "\n@deprecated" : "";
  printer.print(printer.file.jsDoc(`Init shape of ${message.name}.\n\n@generated from ${message}${deprecated}`));
  // Right behind "=", `intrinsic` is a keyword.
  const leading = message.name === "intrinsic" ? " = | " : " = ";
  printer.print(printer.export("type", initName(shape)), leading, shape, " | {");
  printer.print("  $typeName?: never;");
  for (const member of message.members) {
    if (member.kind === "oneof") {
      printOneof(printer, member, imports);
    } else {
      printField(printer, member, imports);
    }
  }
  printer.print("};");
  printer.print();
}

function printField(printer: Printer, field: DescField, imports: Imports): void {
  // What may be undefined in the message may be undefined here.
  const optional = field.fieldKind === "message" || field.proto.proto3Optional ? " | undefined" : "";
  if (field.deprecated) {
    printer.print("  /** @deprecated */");
  }
  printer.print("  ", field.localName, "?: ", fieldType(printer, field, imports), optional, inheritedType(field), ";");
}

function printOneof(printer: Printer, oneof: DescOneof, imports: Imports): void {
  printer.print("  ", oneof.localName, "?:");
  for (const field of oneof.fields) {
    const type = fieldType(printer, field, imports);
    printer.print("    | { case: ", printer.file.string(field.localName), "; value: ", type, " }");
  }
  printer.print("    | { case: undefined; value?: undefined }", inheritedType(oneof), ";");
}

/** What every object has under a field's name: for the type checker it is a member of every plain object too. */
function inheritedType({ localName }: DescField | DescOneof): string {
  return typed.has(localName) ? ` | globalThis.Object["${localName}"]` : "";
}

/** What TypeScript knows of it, without the names that protobuf-es escapes. */
const typed: ReadonlySet<string> = new Set([
  "hasOwnProperty",
  "isPrototypeOf",
  "propertyIsEnumerable",
  "toLocaleString",
]);

function fieldType(printer: Printer, field: DescField, imports: Imports): Printable {
  switch (field.fieldKind) {
    case "list":
      return [itemType(printer, field, imports), "[]"];
    case "map":
      return [`{ [key: ${mapKeyType(field)}]: `, itemType(printer, field, imports), " }"];
    default:
      return itemType(printer, field, imports);
  }
}

function itemType(printer: Printer, field: DescField, imports: Imports): Printable {
  if (field.message !== undefined) {
    return messageType(printer, field.message, field, imports);
  }
  if (field.enum !== undefined) {
    return imports.shape(printer, field.enum);
  }
  // Map values have no `jstype`.
  return scalarTypeScriptType(field.scalar, field.fieldKind === "map" ? false : field.longAsString);
}

function messageType(printer: Printer, message: DescMessage, field: DescField, imports: Imports): Printable {
  // protobuf-es keeps wrappers of singular fields as plain values.
  if (isWrapperDesc(message) && field.fieldKind === "message" && field.oneof === undefined) {
    return scalarTypeScriptType(message.fields[0].scalar, false);
  }
  if (isJson(field)) {
    return printer.file.runtime.JsonObject;
  }
  return imports.init(printer, message);
}

/** Whether protobuf-es keeps the field's messages as JSON: it does so with a Struct. */
function isJson(field: DescField): boolean {
  return field.message?.typeName === "google.protobuf.Struct" && field.parent.typeName !== "google.protobuf.Value";
}

function mapKeyType(field: DescField & { fieldKind: "map" }): string {
  if (field.message !== undefined && !isJson(field)) {
    // So is the init shape of protobuf-es.
    return "string | number";
  }
  switch (field.mapKey) {
    case ScalarType.INT32:
    case ScalarType.UINT32:
    case ScalarType.SINT32:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return "number";
    default:
      return "string";
  }
}
