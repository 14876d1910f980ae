import { type DescEnum, type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import type { Printable } from "@bufbuild/protoplugin";
import { scalarToJson } from "./json-scalar.js";
import { isImplicit } from "./scalar.js";
import { type CodecScope, codecType, codecValue, formOf, inherited, member } from "./scope.js";
import { isSet } from "./write.js";

/** The first line of the function that makes the JSON of a message. */
export function toJsonDeclaration(scope: CodecScope, message: DescMessage, options: string): Printable[] {
  const { printer, imports } = scope;
  return [
    "function ",
    scope.local(message, "toJson"),
    message.fields.length === 0 && message.proto.extensionRange.length === 0 ? "(_m" : "(m",
    printer.type(": ", imports.shape(printer, message)),
    ", ",
    options,
    printer.type(": ", codecType(scope, "JsonOptions")),
    ")",
    printer.type(": ", printer.file.runtime.JsonValue),
    " {",
  ];
}

/** Prints the function that makes the JSON of a message, its fields in the order of their numbers. */
export function printToJson(scope: CodecScope, message: DescMessage): void {
  const { printer } = scope;
  const name = JSON.stringify(message.typeName);
  const isExtendable = message.proto.extensionRange.length > 0;
  const usesOptions = isExtendable || message.fields.some((field) => !isPlain(field));
  printer.print(...toJsonDeclaration(scope, message, usesOptions ? "o" : "_o"));
  if (message.fields.length > 0) {
    printer.print("  if (m.$typeName !== ", name, ") throw ", codecValue(scope, "foreignMessage"), "(", name, ", m);");
  }
  if (isExtendable) {
    printer.print("  const extended = ", codecValue(scope, "extendedToJson"), "(m, o);");
    printer.print("  if (extended !== undefined) return extended;");
  }
  printer.print("  const json", printer.type(": ", printer.file.runtime.JsonObject), " = {};");
  for (const field of [...message.fields].sort((a, b) => a.number - b.number)) printField(scope, field);
  printer.print("  return json;");
  printer.print("}");
  printer.print();
}

/** Whether the JSON of a field is the same with all options. */
function isPlain(field: DescField): boolean {
  if (field.name !== field.jsonName) return false;
  if (field.fieldKind === "message") return formOf(field) === "wrapped";
  return field.fieldKind === "scalar" && !isImplicit(field);
}

function printField(scope: CodecScope, field: DescField): void {
  const { printer } = scope;
  const { name, jsonName } = field;
  const value =
    field.oneof === undefined ? member("m", field.localName) : `${member("m", field.oneof.localName)}.value`;
  const text = (key: string): Printable => printer.file.string(key);
  const key = name === jsonName ? text(name) : ["o.useProtoFieldName ? ", text(name), " : ", text(jsonName)];
  const json = jsonOf(scope, field, value);
  // For the type checker, what all objects have is of other types than JSON's.
  const statement: Printable =
    inherited.has(name) || inherited.has(jsonName)
      ? [codecValue(scope, "setEntry"), "(json, ", key, ", ", json, ")"]
      : [name === jsonName ? member("json", name) : ["json[", key, "]"], " = ", json];
  printer.print("  if (", condition(scope, field, value), ") ", statement, ";");
  if (field.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED) {
    const fullName = JSON.stringify(`${field.parent.typeName}.${field.name}`);
    printer.print("  else throw ", codecValue(scope, "missingField"), "(", fullName, ");");
  }
}

function condition(scope: CodecScope, field: DescField, value: string): Printable {
  if (field.oneof !== undefined) {
    return [member("m", field.oneof.localName), ".case === ", scope.printer.file.string(field.localName)];
  }
  switch (field.fieldKind) {
    case "list":
      return [value, ".length !== 0 || o.alwaysEmitImplicit"];
    case "map":
      return [codecValue(scope, "hasEntries"), "(", value, ") || o.alwaysEmitImplicit"];
    default:
      return [isSet(scope, field, value), isImplicit(field) ? " || o.alwaysEmitImplicit" : []];
  }
}

/** The JSON of a field that is set. */
function jsonOf(scope: CodecScope, field: DescField, value: string): Printable {
  switch (field.fieldKind) {
    case "list":
      return [codecValue(scope, "listToJson"), "(", value, ", ", converter(scope, field), ", o)"];
    case "map":
      return [codecValue(scope, "mapToJson"), "(", value, ", ", converter(scope, field), ", o)"];
    case "enum":
      return enumToJson(scope, field.enum, value);
    case "scalar":
      return [scalarToJson(scope, field.scalar), "(", value, ")"];
    default:
      switch (formOf(field)) {
        case "json":
          return structToJson(scope, field.message, value);
        case "wrapped":
          return [scalarToJson(scope, field.message.fields[0]?.scalar ?? ScalarType.INT32), "(", value, ")"];
        default:
          return [scope.call(field.message, "toJson"), "(", value, ", o)"];
      }
  }
}

/** What makes the JSON of an item of a list, or of a value of a map. */
function converter(scope: CodecScope, field: DescField): Printable {
  if (field.enum !== undefined) return ["(v) => ", enumToJson(scope, field.enum, "v")];
  if (field.message === undefined) return scalarToJson(scope, field.scalar ?? ScalarType.INT32);
  if (formOf(field) === "json") return ["(v) => ", structToJson(scope, field.message, "v")];
  return scope.call(field.message, "toJson");
}

function enumToJson(scope: CodecScope, desc: DescEnum, value: string): Printable {
  if (desc.typeName === "google.protobuf.NullValue") return [codecValue(scope, "nullToJson"), "(", value, ")"];
  return [codecValue(scope, "enumToJson"), "(", scope.jsonEnum(desc), ", ", value, ", o)"];
}

function structToJson(scope: CodecScope, struct: DescMessage, value: string): Printable {
  return [scope.call(struct, "toJson"), "(", codecValue(scope, "structOfJson"), "(", value, "), o)"];
}
