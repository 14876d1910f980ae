import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import type { Printable } from "@bufbuild/protoplugin";
import { hasDefaultsOnPrototype } from "./empty.js";
import { printPieces } from "./parts.js";
import {
  fieldWriterOf,
  isImplicit,
  isLong,
  isSetImplicitly,
  tagOf,
  WireType,
  wireTypeOf,
  writerOf,
  writeScalar,
} from "./scalar.js";
import { type CodecScope, codecValue, formOf, inherited, member, ownMember } from "./scope.js";

type MessageField = DescField & { message: DescMessage };

/**
 * Prints the function that writes the fields of a message, in the order of their numbers, and returns those that the schema does
 * not know: an argument. What it reads of the message is read here, and not by one function for all messages, which would be slower.
 */
export function printWrite(scope: CodecScope, message: DescMessage): void {
  const { printer } = scope;
  const check = (): void =>
    printer.print("    ", codecValue(scope, "checkType"), "(m.$typeName, ", JSON.stringify(message.typeName), ");");
  printPieces(scope, message.fields.length === 0 ? "_, m" : "w, m", [
    check,
    ...piecesOf(scope, message),
    () => printer.print("    return m.$unknown;"),
  ]);
}

function piecesOf(scope: CodecScope, message: DescMessage): (() => void)[] {
  const pieces: (() => void)[] = [];
  const fields = [...message.fields].sort((a, b) => a.number - b.number);
  for (let i = 0; i < fields.length; ) {
    const field = fields[i] as DescField;
    const { oneof } = field;
    // A oneof's fields are written together only where no other field's number is between theirs.
    let next = i + 1;
    while (oneof !== undefined && fields[next]?.oneof === oneof) next++;
    const cases = fields.slice(i, next);
    pieces.push(() =>
      oneof === undefined ? printField(scope, field) : printCases(scope, member("m", oneof.localName), cases),
    );
    i = next;
  }
  return pieces;
}

function printCases(scope: CodecScope, oneof: string, fields: readonly DescField[]): void {
  const { printer } = scope;
  printer.print("    switch (", oneof, ".case) {");
  for (const field of fields) {
    printer.print("      case ", printer.file.string(field.localName), ":");
    printer.print("        ", writingOf(scope, field, field.number, `${oneof}.value`));
    printer.print("        break;");
  }
  printer.print("    }");
}

function printField(scope: CodecScope, field: DescField): void {
  const { printer } = scope;
  const value = member("m", field.localName);
  switch (field.fieldKind) {
    case "list":
      printList(scope, field, value);
      return;
    case "map":
      printMap(scope, field, value);
      return;
    default:
      if (printShort(scope, field, value)) return;
      printer.print("    if (", isSet(scope, field, value), ") ", writingOf(scope, field, field.number, value));
      if (field.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED) {
        const name = JSON.stringify(`${field.parent.typeName}.${field.name}`);
        printer.print("    else throw ", codecValue(scope, "missingField"), "(", name, ");");
      }
  }
}

/** Prints a singular field as one call, where there is a function that knows whether the field is set. */
function printShort(scope: CodecScope, field: DescField, value: string): boolean {
  let writer: Printable;
  let codec: Printable = [];
  let wireType: number = WireType.lengthDelimited;
  if (field.fieldKind === "message") {
    const isOther = field.delimitedEncoding || formOf(field) !== "message" || inherited.has(field.localName);
    if (isOther || field.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED) return false;
    writer = codecValue(scope, "messageField");
    codec = [", ", scope.codec(field.message)];
  } else {
    const fieldWriter = isImplicit(field) ? fieldWriterOf(scope, field) : undefined;
    if (fieldWriter === undefined) return false;
    writer = fieldWriter;
    wireType = wireTypeOf(scalarOf(field));
  }
  scope.printer.print("    ", writer, `(w, ${tagOf(field.number, wireType)}, `, value, codec, ");");
  return true;
}

/** Whether a singular field outside of a oneof is set. */
export function isSet(scope: CodecScope, field: DescField, value: string): Printable {
  const isDefined: Printable = [ownMember(scope, "m", field.localName), `${value} !== undefined`];
  if (field.fieldKind === "message") return isDefined;
  if (!isImplicit(field)) {
    if (!hasDefaultsOnPrototype(field.parent)) return isDefined;
    return [codecValue(scope, "has"), "(m, ", scope.printer.file.string(field.localName), ")"];
  }
  return isSetImplicitly(scope, field.enum === undefined ? { scalar: field.scalar as ScalarType } : field, value);
}

/** The writing of a tag and a value: one statement. */
function writingOf(scope: CodecScope, field: DescField, number: number, value: string): Printable {
  if (field.message !== undefined) return messageOf(scope, field, number, value);
  const scalar = scalarOf(field);
  return writeScalar(scope, scalar, tagOf(number, wireTypeOf(scalar)), value);
}

function messageOf(scope: CodecScope, field: MessageField, number: number, value: string): Printable {
  const isGroup = field.fieldKind !== "map" && field.delimitedEncoding;
  const tag = tagOf(number, isGroup ? WireType.startGroup : WireType.lengthDelimited);
  const write = codecValue(scope, isGroup ? "writeGroup" : "writeMessage");
  const content = scope.codec(field.message);
  switch (formOf(field)) {
    case "message":
      return [write, `(w, ${tag}, `, value, ", ", content, ");"];
    case "json": {
      const struct: Printable = [codecValue(scope, "structOfJson"), "(", value, ")"];
      return [write, `(w, ${tag}, `, struct, ", ", content, ");"];
    }
    case "wrapped": {
      const scalar = field.message.fields[0]?.scalar as ScalarType;
      const isSet = isSetImplicitly(scope, { scalar }, value);
      const wrapped: Printable = [isSet, ", ", writerOf(scope, scalar), `, ${tagOf(1, wireTypeOf(scalar))}`];
      const start = codecValue(scope, isGroup ? "writeWrappedGroup" : "writeWrapped");
      return [start, `(w, ${tag}, `, value, ", ", wrapped, ");"];
    }
  }
}

function printList(scope: CodecScope, field: DescField & { fieldKind: "list" }, list: string): void {
  const { printer } = scope;
  if (field.message !== undefined && (field.delimitedEncoding || formOf(field) !== "message")) {
    printer.print("    for (const v of ", list, ") ", writingOf(scope, field, field.number, "v"));
    return;
  }
  const isPacked = field.message === undefined && field.packed;
  const name = field.message !== undefined ? "writeMessages" : isPacked ? "writePacked" : "writeList";
  const item = field.message === undefined ? writerOf(scope, scalarOf(field)) : scope.codec(field.message);
  const wireType = field.message !== undefined || isPacked ? WireType.lengthDelimited : wireTypeOf(scalarOf(field));
  printer.print("    ", codecValue(scope, name), `(w, ${tagOf(field.number, wireType)}, `, list, ", ", item, ");");
}

function printMap(scope: CodecScope, field: DescField & { fieldKind: "map" }, map: string): void {
  const { printer } = scope;
  const key: Printable = [`${tagOf(1, wireTypeOf(field.mapKey))}, `, writerOf(scope, field.mapKey)];
  const start = `(w, ${tagOf(field.number, WireType.lengthDelimited)}, `;
  if (field.message === undefined) {
    const value: Printable = [`${tagOf(2, wireTypeOf(scalarOf(field)))}, `, writerOf(scope, scalarOf(field))];
    printer.print(
      "    ",
      codecValue(scope, "writeMap"),
      start,
      map,
      ", ",
      key,
      ", ",
      value,
      keyOf(scope, field.mapKey),
      ");",
    );
    return;
  }
  const values: Printable = formOf(field) === "json" ? [codecValue(scope, "structsOfJson"), "(", map, ")"] : map;
  const codec = scope.codec(field.message);
  const name = codecValue(scope, "writeMessageMap");
  printer.print("    ", name, start, values, ", ", key, ", ", codec, keyOf(scope, field.mapKey), ");");
}

/** What makes of the key of an object that of the map, as an argument: keys are strings in the message, whatever their type. */
function keyOf(scope: CodecScope, type: ScalarType): Printable {
  if (type === ScalarType.STRING || isLong(type)) return [];
  return [", ", codecValue(scope, type === ScalarType.BOOL ? "boolKey" : "intKey")];
}

/** Enums are written as int32. */
function scalarOf(field: DescField): ScalarType {
  return field.scalar ?? ScalarType.INT32;
}
