import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import type { Printable } from "@bufbuild/protoplugin";
import { jsonKey, jsonScalar } from "./json-scalar.js";
import { jsonWktOf } from "./json-wkt.js";
import { membersOf, sortedFields } from "./members.js";
import { type CodecScope, codecType, codecValue, formOf } from "./scope.js";

/** Prints the members of a message, for two codecs of it. */
export function printMembers(scope: CodecScope, message: DescMessage): void {
  const { printer } = scope;
  printer.print("const ", scope.local(message, "members"), " = ", printer.file.string(membersOf(scope, message)), ";");
  printer.print();
}

/** Prints the codec with JSON of a well-known type. It stands apart from that without: bundles without JSON have none of it. */
export function printJson(scope: CodecScope, message: DescMessage): void {
  const { printer, imports } = scope;
  printer.print(printer.file.jsDoc(`The codec of ${message.typeName}, with JSON.`));
  const json = [scope.codec(message), ", ", formOfMessage(scope, message)];
  printer.print(
    printer.export("const", imports.jsonName(printer, message)),
    printer.type(": ", codecType(scope, "GeneratedCodec"), "<", imports.shape(printer, message), ">"),
    printer.values ? [" = /* @__PURE__ */ ", codecValue(scope, "withJson"), "(", json, ")"] : [],
    ";",
  );
  printer.print();
}

/** Whether the JSON of a message goes by the table of its members. */
export function hasTable(message: DescMessage): boolean {
  return jsonWktOf(message) === undefined && !isWrapperDesc(message);
}

function formOfMessage(scope: CodecScope, message: DescMessage): Printable {
  const wkt = jsonWktOf(message);
  if (wkt !== undefined) {
    const name = JSON.stringify(message.typeName);
    const functions = [codecValue(scope, `${wkt}ToJson`), ", ", codecValue(scope, `${wkt}FromJson`)];
    return ["/* @__PURE__ */ ", codecValue(scope, "jsonForm"), "(", name, ", ", functions, ")"];
  }
  if (isWrapperDesc(message)) {
    const type = jsonScalar(scope, message.fields[0]?.scalar ?? ScalarType.INT32);
    return ["/* @__PURE__ */ ", codecValue(scope, "wrapperJson"), "(", scope.codec(message), ", ", type, ")"];
  }
  const args: Printable[] = [
    scope.codec(message),
    scope.local(message, "members"),
    typesOf(scope, message),
    ...extensionsOf(scope, message),
  ];
  return ["/* @__PURE__ */ ", codecValue(scope, "messageJson"), "(", separated(args), ")"];
}

/** How the fields of a message stand in JSON. */
export function typesOf(scope: CodecScope, message: DescMessage): Printable {
  const types = sortedFields(message).map((field) => typeOf(scope, field));
  return list(scope, types);
}

/** What knows the extensions of a message in JSON. */
export function extensionsOf(scope: CodecScope, message: DescMessage): Printable[] {
  return message.proto.extensionRange.length > 0 ? [codecValue(scope, "jsonExtensions")] : [];
}

/** A list of what is printed, with commas. */
function separated(items: readonly Printable[]): Printable {
  return items.flatMap((item, i) => (i === 0 ? [item] : [", ", item]));
}

/** A list of what is printed, made when it is asked for. It is no array: of an array's types TypeScript compares each with each other. */
export function list(scope: CodecScope, items: readonly Printable[]): Printable {
  return ["() => ", codecValue(scope, "list"), "(", separated(items), ")"];
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
