import { type DescEnum, type DescField, type DescMessage, type DescOneof, ScalarType } from "@bufbuild/protobuf";
import type { Printable } from "@bufbuild/protoplugin";
import { keyFromJson, scalarFromJson } from "./json-scalar.js";
import { asEnum, assignment } from "./read.js";
import { type CodecScope, codecType, codecValue, formOf, member } from "./scope.js";

/** The first line of the function that makes a message of JSON. */
export function fromJsonDeclaration(scope: CodecScope, message: DescMessage): Printable[] {
  const { printer, imports } = scope;
  return [
    "function ",
    scope.local(message, "fromJson"),
    "(json",
    printer.type(": ", printer.file.runtime.JsonValue),
    ", r",
    printer.type(": ", codecType(scope, "JsonReader")),
    ")",
    printer.type(": ", imports.shape(printer, message)),
    " {",
  ];
}

/** Prints the function that makes a message of JSON. A field goes by two names there, and may be there once. */
export function printFromJson(scope: CodecScope, message: DescMessage): void {
  const { printer, imports } = scope;
  const name = JSON.stringify(message.typeName);
  printer.print(...fromJsonDeclaration(scope, message));
  printer.print("  const o = r.object(json, ", name, ");");
  if (message.proto.extensionRange.length > 0) {
    const type = printer.type("<", imports.shape(printer, message), ">");
    printer.print("  const extended = r.extended", type, "(o, ", name, ");");
    printer.print("  if (extended !== undefined) return extended;");
  }
  printer.print("  const m = ", scope.local(message, "empty"), "();");
  const choices = new Map<DescOneof, string>();
  for (const oneof of message.oneofs) {
    const choice = `choice${choices.size}`;
    choices.set(oneof, choice);
    printer.print("  let ", choice, printer.type(": string | undefined"), ";");
  }
  printer.print("  for (const key of ", codecValue(scope, "keys"), "(o)) {");
  if (message.fields.length > 0) {
    printer.print("    const v = o[key]", printer.type(" as ", printer.file.runtime.JsonValue), ";");
    printer.print("    switch (key) {");
    const names = namesOf(message);
    for (const field of message.fields) printField(scope, field, names, choices);
    printer.print("      default:");
    printer.print("        r.unknown(", name, ", key);");
    printer.print("    }");
  } else {
    printer.print("    r.unknown(", name, ", key);");
  }
  printer.print("  }");
  printer.print("  r.leave();");
  printer.print("  return m;");
  printer.print("}");
  printer.print();
}

/** The field that a name in JSON stands for. Where two have one name, the last one is meant: as in protobuf-es. */
function namesOf(message: DescMessage): Map<string, DescField> {
  const names = new Map<string, DescField>();
  for (const field of message.fields) names.set(field.name, field).set(field.jsonName, field);
  return names;
}

function printField(
  scope: CodecScope,
  field: DescField,
  names: ReadonlyMap<string, DescField>,
  choices: ReadonlyMap<DescOneof, string>,
): void {
  const { printer } = scope;
  const { file } = printer;
  const [first, second] = [...new Set([field.jsonName, field.name])].filter((name) => names.get(name) === field);
  if (first === undefined) return;
  if (second !== undefined) printer.print("      case ", file.string(first), ":");
  printer.print("      case ", file.string(second ?? first), ": {");
  const indent = "        ";
  if (second !== undefined) {
    const once = codecValue(scope, "once");
    printer.print(indent, "if (key === ", file.string(second), ") ", once, "(o, ", file.string(first), ");");
  }
  const choice = field.oneof === undefined ? undefined : choices.get(field.oneof);
  if (choice !== undefined) {
    if (field.fieldKind === "scalar") printer.print(indent, "if (v === null) break;");
    const twice = codecValue(scope, "oneofTwice");
    const oneof = JSON.stringify(field.oneof?.name);
    printer.print(indent, `if (${choice} !== undefined) throw `, twice, `(${oneof}, ${choice}, key);`);
    printer.print(indent, choice, " = key;");
  }
  printValue(scope, field, indent);
  printer.print(indent, "break;");
  printer.print("      }");
}

function printValue(scope: CodecScope, field: DescField, indent: string): void {
  const { printer } = scope;
  const target = member("m", field.localName);
  const nullable = takesNull(field) ? ", true" : "";
  switch (field.fieldKind) {
    case "list": {
      const read = codecValue(scope, "listFromJson");
      printer.print(indent, read, "(", target, ", v, ", converter(scope, field), ", r", nullable, ");");
      return;
    }
    case "map": {
      const read = codecValue(scope, "mapFromJson");
      const key = keyFromJson(scope, field.mapKey);
      printer.print(indent, read, "(", target, ", v, ", key, ", ", converter(scope, field), ", r", nullable, ");");
      return;
    }
    case "enum": {
      const value = enumFromJson(scope, field.enum, "v", "r");
      printer.print(indent, "const n = ", nullable === "" ? "v === null ? undefined : " : "", value, ";");
      printer.print(indent, "if (n !== undefined) ", assignment(scope, field, ["n", asEnum(scope, field.enum)]), ";");
      return;
    }
    default: {
      const value = singularFromJson(scope, field);
      const isNullSkipped = nullable === "" && !(field.fieldKind === "scalar" && field.oneof !== undefined);
      printer.print(indent, isNullSkipped ? "if (v !== null) " : "", assignment(scope, field, value), ";");
    }
  }
}

function singularFromJson(scope: CodecScope, field: DescField & { fieldKind: "scalar" | "message" }): Printable {
  if (field.fieldKind === "scalar") return [scalarFromJson(scope, field.scalar, field.longAsString), "(v)"];
  switch (formOf(field)) {
    case "json":
      return structFromJson(scope, field.message, "v", "r");
    case "wrapped":
      return [scope.call(field.message, "fromJson"), "(v, r).value"];
    default:
      return [scope.call(field.message, "fromJson"), "(v, r)"];
  }
}

/** What reads an item of a list, or a value of a map. */
function converter(scope: CodecScope, field: DescField & { fieldKind: "list" | "map" }): Printable {
  const { printer } = scope;
  if (field.enum !== undefined) {
    const type = printer.type(" as ", scope.imports.shape(printer, field.enum), " | undefined");
    return ["(item) => ", enumFromJson(scope, field.enum, "item", "r"), type];
  }
  if (field.message === undefined) {
    const longAsString = field.fieldKind === "list" && field.longAsString;
    return scalarFromJson(scope, field.scalar ?? ScalarType.INT32, longAsString);
  }
  if (formOf(field) === "json") return ["(item) => ", structFromJson(scope, field.message, "item", "r")];
  return scope.call(field.message, "fromJson");
}

/** null is a value of these types, and for all others it says that there is none. */
function takesNull(field: DescField): boolean {
  return field.message?.typeName === "google.protobuf.Value" || field.enum?.typeName === "google.protobuf.NullValue";
}

function enumFromJson(scope: CodecScope, desc: DescEnum, json: string, reader: string): Printable {
  return [codecValue(scope, "enumFromJson"), "(", scope.jsonEnum(desc), `, ${json}, ${reader})`];
}

function structFromJson(scope: CodecScope, struct: DescMessage, json: string, reader: string): Printable {
  const read = scope.call(struct, "fromJson");
  return [codecValue(scope, "jsonOfStruct"), "(", read, `(${json}, ${reader}))`];
}
