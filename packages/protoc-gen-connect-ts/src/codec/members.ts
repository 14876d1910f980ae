import { type DescField, type DescMessage, type DescOneof, ScalarType } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import type { Printable } from "@bufbuild/protoplugin";
import { isImplicit } from "./scalar.js";
import { type CodecScope, codecValue, formOf } from "./scope.js";

/** The fields of a message, in the order of their numbers. */
export function sortedFields(message: DescMessage): DescField[] {
  // Of two fields with one name in JSON the last one in the schema is meant.
  const names = message.fields.flatMap((field) => [...new Set([field.name, field.jsonName])]);
  if (new Set(names).size < names.length) return [...message.fields];
  return [...message.fields].sort((a, b) => a.number - b.number);
}

/** What the runtime knows of the members of a message: `membersOf` there tells how it is written. */
export function membersOf(scope: CodecScope, message: DescMessage): string {
  const oneofs = message.oneofs.filter((oneof) => oneof.fields.length > 0);
  const words = sortedFields(message).map((field) => {
    const oneof = field.oneof === undefined ? "" : String(oneofs.indexOf(field.oneof));
    const presence = scope.hasJson ? presenceOf(field) : "";
    return `${oneof}${presence}${isConverted(field) ? "." : ""}${namesOf(scope, field, field.jsonName)}`;
  });
  const behind = oneofs.map((oneof) => namesOf(scope, oneof, oneof.localName));
  return oneofs.length === 0 ? words.join(" ") : `${words.join(" ")}|${behind.join(" ")}`;
}

function presenceOf(field: DescField): string {
  if (field.oneof !== undefined || field.fieldKind === "list" || field.fieldKind === "map") return "";
  if (field.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED) return "!";
  return isImplicit(field) ? "" : "?";
}

/** The name in the message; in the schema and in JSON where they do not follow from it. */
function namesOf({ hasJson }: CodecScope, { localName, name }: DescField | DescOneof, jsonName: string): string {
  if (!hasJson) return localName;
  const snakeCase = localName.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const names = [localName, snakeCase === name ? "" : name, jsonName === localName ? "" : encodeURIComponent(jsonName)];
  return names.join(":").replace(/:+$/, "");
}

function isConverted(field: DescField): boolean {
  if (field.message === undefined) return field.scalar === ScalarType.BYTES;
  const form = formOf(field);
  return form === "message" || (form === "wrapped" && field.message.fields[0]?.scalar === ScalarType.BYTES);
}

/** What makes the members of a message of what init shapes have for them. */
export function convertersOf(scope: CodecScope, message: DescMessage): Printable[] {
  return sortedFields(message)
    .filter(isConverted)
    .map((field) => converterOf(scope, field));
}

function converterOf(scope: CodecScope, field: DescField): Printable {
  const isMessage = field.message !== undefined && formOf(field) === "message";
  const converter = isMessage ? scope.codec(field.message) : codecValue(scope, "bytesInit");
  if (field.fieldKind === "list") return [codecValue(scope, "listInit"), "(", converter, ")"];
  return field.fieldKind === "map" ? [codecValue(scope, "mapInit"), "(", converter, ")"] : converter;
}
