import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import type { Printable } from "@bufbuild/protoplugin";
import { jsonKey, jsonScalar } from "./json-scalar.js";
import { jsonWktOf } from "./json-wkt.js";
import { membersOf, sortedFields } from "./members.js";
import { emptyWeight } from "./read.js";
import { type CodecScope, codecType, codecValue, formOf } from "./scope.js";

/** Prints the JSON half of a message's codec. */
export function printJson(scope: CodecScope, message: DescMessage): void {
  const { printer, imports } = scope;
  const { file } = printer;
  if (hasTable(message) && printer.values) {
    printer.print("const ", scope.local(message, "members"), " = ", file.string(membersOf(scope, message)), ";");
    printer.print();
  }
  printer.print(file.jsDoc(`The JSON of ${message.typeName}.${message.deprecated ? "\n\n@deprecated" : ""}`));
  printer.print(
    printer.export("const", imports.jsonName(printer, message)),
    printer.type(": ", codecType(scope, "JsonForm"), "<", imports.shape(printer, message), ">"),
    printer.values ? [" = /* @__PURE__ */ ", formOfMessage(scope, message)] : [],
    ";",
  );
  printer.print();
}

/** Whether the JSON of a message goes by the table of its members. */
export function hasTable(message: DescMessage): boolean {
  return jsonWktOf(message) === undefined && !isWrapperDesc(message);
}

function formOfMessage(scope: CodecScope, message: DescMessage): Printable {
  const name = JSON.stringify(message.typeName);
  const wkt = jsonWktOf(message);
  if (wkt !== undefined) {
    const functions = [codecValue(scope, `${wkt}ToJson`), ", ", codecValue(scope, `${wkt}FromJson`)];
    return [codecValue(scope, "jsonForm"), "(", name, ", ", functions, ")"];
  }
  const empty = scope.local(message, "empty");
  if (isWrapperDesc(message)) {
    const type = jsonScalar(scope, message.fields[0]?.scalar ?? ScalarType.INT32);
    return [codecValue(scope, "wrapperJson"), "(", name, ", ", empty, ", ", type, ")"];
  }
  const members = scope.local(message, "members");
  const types = sortedFields(message).map((field) => typeOf(scope, field));
  const extensions = message.proto.extensionRange.length > 0 ? [", ", codecValue(scope, "jsonExtensions")] : [];
  return [
    [codecValue(scope, "messageJson"), "(", name, `, ${emptyWeight(message)}, `, empty, ", ", members],
    [", () => ", ...list(scope, types), extensions, ")"],
  ];
}

/** A list of what is printed, with commas. */
export function separated(items: readonly Printable[]): Printable {
  return items.flatMap((item, i) => (i === 0 ? [item] : [", ", item]));
}

/** The length from which on a list is a tuple: of an array's types TypeScript compares each with each other. */
const tupleLength = 16;

/** An array of what is printed. */
export function list({ printer }: CodecScope, items: readonly Printable[]): Printable[] {
  const isTuple = printer.target === "ts" && items.length >= tupleLength;
  return ["[", separated(items), isTuple ? "] as const" : "]"];
}

function typeOf(scope: CodecScope, field: DescField): Printable {
  switch (field.fieldKind) {
    case "list":
      return [
        codecValue(scope, "listJson"),
        "(",
        itemOf(scope, field, "longAsString" in field && field.longAsString),
        ")",
      ];
    case "map":
      return [codecValue(scope, "mapJson"), "(", jsonKey(scope, field.mapKey), ", ", itemOf(scope, field, false), ")"];
    default:
      return itemOf(scope, field, field.fieldKind === "scalar" && field.longAsString);
  }
}

function itemOf(scope: CodecScope, field: DescField, longAsString: boolean): Printable {
  if (field.enum !== undefined) {
    const type = scope.jsonEnum(field.enum);
    return field.enum.typeName === "google.protobuf.NullValue" ? [codecValue(scope, "jsonNull"), "(", type, ")"] : type;
  }
  if (field.message === undefined) return jsonScalar(scope, field.scalar ?? ScalarType.INT32, longAsString);
  const json = scope.json(field.message);
  switch (formOf(field)) {
    case "json":
      return [codecValue(scope, "structFieldJson"), "(", json, ")"];
    case "wrapped": {
      const value = jsonScalar(scope, field.message.fields[0]?.scalar ?? ScalarType.INT32);
      return [codecValue(scope, "wrappedJson"), "(", json, ", ", value, ")"];
    }
    default:
      return json;
  }
}
