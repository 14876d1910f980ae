import { type DescEnum, type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import type { Printable } from "@bufbuild/protoplugin";
import { firstOf, readerOf, readScalar, tagOf, WireType, wireTypeOf, zeroOf } from "./scalar.js";
import { type CodecScope, codecValue, formOf, inherited, member, ownMember } from "./scope.js";

type MessageField = DescField & { message: DescMessage };

/**
 * Prints the function that reads fields into a message, by the whole tag: what has another wire
 * type than the schema says is an unknown field. An argument.
 */
export function printRead(scope: CodecScope, message: DescMessage): void {
  const { printer } = scope;
  printer.print("  (r, m) => {");
  if (message.fields.length === 0) {
    printer.print("    while (r.next()) r.unknown(m);");
  } else {
    printer.print("    while (r.next()) {");
    printer.print("      switch (r.tag) {");
    for (const field of message.fields) printField(scope, field);
    printer.print("        default:");
    printer.print("          r.unknown(m);");
    printer.print("      }");
    printer.print("    }");
  }
  printer.print("  },");
}

/** What the members of an empty message take in memory: the estimate of the runtime, in bytes. */
export function emptyWeight({ members }: DescMessage): number {
  let weight = 0;
  for (const member of members) {
    const kind = member.kind === "oneof" ? "oneof" : member.fieldKind;
    weight += kind === "oneof" ? 48 : kind === "map" ? 64 : kind === "list" ? 24 : 8;
  }
  return weight;
}

function printField(scope: CodecScope, field: DescField): void {
  const { printer } = scope;
  const target = member("m", field.localName);
  if (field.fieldKind === "map") {
    printCase(scope, tagOf(field.number, WireType.lengthDelimited), () => printMap(scope, field, target));
    return;
  }
  if (field.message !== undefined) {
    const wireType = field.delimitedEncoding ? WireType.startGroup : WireType.lengthDelimited;
    const isWrapped = field.fieldKind === "message" && formOf(field) === "wrapped" && field.delimitedEncoding;
    printCase(scope, tagOf(field.number, wireType), () => printMessage(scope, field, target), isWrapped);
    return;
  }
  const value = printableOf(scope, field);
  const wireType = wireTypeOf(field.scalar ?? ScalarType.INT32);
  if (field.fieldKind === "list") {
    printScalarList(scope, field, target, wireType);
    return;
  }
  const isClosed = field.enum?.open === false;
  const tag = tagOf(field.number, wireType);
  const printSingular = (): void => {
    if (field.enum !== undefined && isClosed) {
      printer.print("          const v = ", codecValue(scope, "readInt32"), "(r);");
      printer.print("          if (", isKnown(field.enum), ") ", assignment(scope, field, "v"), ";");
      printer.print("          else ", codecValue(scope, "keepUnknownEnum"), `(m, ${tag}, v);`);
    } else {
      printer.print("          ", assignment(scope, field, value), ";");
    }
  };
  printCase(scope, tag, printSingular, isClosed);
}

function printScalarList(
  scope: CodecScope,
  field: DescField & { fieldKind: "list" },
  target: string,
  wireType: number,
): void {
  const { printer } = scope;
  const value = printableOf(scope, field);
  const read: Printable =
    field.enum !== undefined
      ? codecValue(scope, "readInt32")
      : "longAsString" in field && field.longAsString
        ? ["(r) => ", value]
        : readerOf(scope, field.scalar as ScalarType, field.utf8Validation);
  const print = (name: "readValue" | "readPacked"): void =>
    printer.print("          ", codecValue(scope, name), "(r, ", target, ", ", read, ");");
  printCase(scope, tagOf(field.number, wireType), () => print("readValue"));
  if (wireType !== WireType.lengthDelimited) {
    printCase(scope, tagOf(field.number, WireType.lengthDelimited), () => print("readPacked"));
  }
}

/** Whether `v` is a value of an enum. */
function isKnown({ values }: DescEnum): string {
  const numbers = [...new Set(values.map(({ number }) => number))].sort((a, b) => a - b);
  const first = numbers[0] ?? 0;
  const last = numbers.at(-1) ?? 0;
  if (numbers.length > 2 && last - first === numbers.length - 1) return `v >= ${first} && v <= ${last}`;
  return numbers.map((number) => `v === ${number}`).join(" || ");
}

/** Prints what is done for a tag, in a block where it declares something. */
function printCase(scope: CodecScope, tag: number, printBody: () => void, declares = false): void {
  scope.printer.print(`        case ${tag}:${declares ? " {" : ""}`);
  printBody();
  scope.printer.print("          break;");
  if (declares) scope.printer.print("        }");
}

/** What sets a singular field. */
function assignment(scope: CodecScope, field: DescField, value: Printable): Printable {
  if (field.oneof === undefined) return [member("m", field.localName), " = ", value];
  const name = scope.printer.file.string(field.localName);
  return [member("m", field.oneof.localName), " = ", codecValue(scope, "choice"), "(", name, ", ", value, ")"];
}

function printableOf(scope: CodecScope, field: DescField): Printable {
  if (field.enum !== undefined) return [codecValue(scope, "readInt32"), "(r)"];
  // Map values have no `jstype`.
  const longAsString = "longAsString" in field && field.longAsString;
  return readScalar(scope, field.scalar as ScalarType, longAsString, field.utf8Validation);
}

/** A message that comes more than once is merged. */
function printMessage(
  scope: CodecScope,
  field: MessageField & { fieldKind: "message" | "list" },
  target: string,
): void {
  const { printer } = scope;
  const indent = "          ";
  const form = formOf(field);
  if (form === "wrapped" && !field.delimitedEncoding) {
    const codec = scope.codec(field.message);
    const value = [codecValue(scope, "readWrapped"), "(r, ", ownOr(scope, field, target), ", ", codec, ")"];
    printer.print(indent, assignment(scope, field, value), ";");
    return;
  }
  if (form === "wrapped") {
    const own = ownMember(scope, "m", field.localName);
    printer.print(indent, "const v = ", scope.codec(field.message), ".empty();");
    printer.print(indent, "if (", own, target, " !== undefined) v.value = ", target, ";");
    printer.print(indent, assignment(scope, field, [contentOf(scope, field, "v"), ".value"]), ";");
    return;
  }
  if (field.delimitedEncoding || form === "json") {
    const existing = field.fieldKind === "list" ? "undefined" : existingOf(scope, field, target);
    const content = contentOf(scope, field, form === "json" ? structOf(scope, existing) : existing);
    const value: Printable = form === "json" ? [codecValue(scope, "jsonOfStruct"), "(", content, ")"] : content;
    if (field.fieldKind === "list") printer.print(indent, target, ".push(", value, ");");
    else printer.print(indent, assignment(scope, field, value), ";");
    return;
  }
  const codec = scope.codec(field.message);
  if (field.fieldKind === "list") {
    printer.print(indent, codecValue(scope, "readItem"), "(r, ", target, ", ", codec, ");");
  } else if (field.oneof === undefined) {
    printer.print(indent, assignment(scope, field, contentOf(scope, field, ownOr(scope, field, target))), ";");
  } else {
    const oneof = member("m", field.oneof.localName);
    const name = printer.file.string(field.localName);
    printer.print(indent, oneof, " = ", codecValue(scope, "readCase"), "(r, ", oneof, ", ", name, ", ", codec, ");");
  }
}

/** The message that a field has, or undefined. */
function existingOf(scope: CodecScope, field: DescField, target: string): Printable {
  if (field.oneof === undefined) return ownOr(scope, field, target);
  const oneof = member("m", field.oneof.localName);
  return [oneof, ".case === ", scope.printer.file.string(field.localName), " ? ", oneof, ".value : undefined"];
}

/** The message that a field has, where it is not what every object has. */
function ownOr(scope: CodecScope, field: DescField, target: string): Printable {
  return inherited.has(field.localName)
    ? ["(", ownMember(scope, "m", field.localName), target, " || undefined)"]
    : target;
}

function structOf(scope: CodecScope, json: Printable): Printable {
  return [codecValue(scope, "structOfJson"), "(", json, ")"];
}

/** The reading of a message into another one. */
function contentOf(scope: CodecScope, field: MessageField, into: Printable): Printable {
  if (field.fieldKind !== "map" && field.delimitedEncoding) {
    const endTag = tagOf(field.number, WireType.endGroup);
    return [codecValue(scope, "readGroup"), "(r, ", into, ", ", scope.codec(field.message), `, ${endTag})`];
  }
  return [codecValue(scope, "readMessage"), "(r, ", into, ", ", scope.codec(field.message), ")"];
}

function printMap(scope: CodecScope, field: DescField & { fieldKind: "map" }, target: string): void {
  const { printer } = scope;
  const keyTag = tagOf(1, wireTypeOf(field.mapKey));
  const key: Printable = [
    [zeroOf(scope, field.mapKey, false), `, ${keyTag}, `],
    readerOf(scope, field.mapKey, field.utf8Validation),
  ];
  const start: Printable = [
    "          ",
    codecValue(scope, field.message === undefined ? "readEntry" : "readMessageEntry"),
  ];
  if (field.message === undefined) {
    const zero = field.enum === undefined ? zeroOf(scope, field.scalar, false) : String(firstOf(field.enum));
    const scalar = field.scalar ?? ScalarType.INT32;
    const value: Printable = [
      zero,
      `, ${tagOf(2, wireTypeOf(scalar))}, `,
      readerOf(scope, scalar, field.utf8Validation),
    ];
    printer.print(start, "(r, ", target, ", ", key, ", ", value, ");");
    return;
  }
  const convert: Printable = formOf(field) === "json" ? [", ", codecValue(scope, "jsonOfStruct")] : [];
  printer.print(start, "(r, ", target, ", ", key, ", ", scope.codec(field.message), convert, ");");
}
