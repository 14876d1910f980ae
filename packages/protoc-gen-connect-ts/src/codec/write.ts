import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import type { Printable } from "@bufbuild/protoplugin";
import { hasDefaultsOnPrototype } from "./empty.js";
import { caseValue, choiceOf, type Piece, printPieces } from "./parts.js";
import { isImplicit, isLong, isSetImplicitly, tagOf, WireType, wireTypeOf, writerOf, writeScalar } from "./scalar.js";
import { type CodecScope, codecType, codecValue, formOf, member, ownMember } from "./scope.js";

type MessageField = DescField & { message: DescMessage };

/** Prints the function that writes the fields of a message, in the order of their numbers. */
export function printWrite(scope: CodecScope, message: DescMessage): void {
  const { printer, imports } = scope;
  const name = JSON.stringify(message.typeName);
  printer.print(
    "function ",
    scope.local(message, "write"),
    "(w",
    printer.type(": ", codecType(scope, "Writer")),
    ", m",
    printer.type(": ", imports.shape(printer, message)),
    ")",
    printer.type(": void"),
    " {",
  );
  if (message.fields.length > 0) {
    printer.print("  if (m.$typeName !== ", name, ") throw ", codecValue(scope, "foreignMessage"), "(", name, ", m);");
  }
  const writer: Printable = ["w", printer.type(": ", codecType(scope, "Writer"))];
  const parameters: Printable = [writer, ", m", printer.type(": ", imports.shape(printer, message))];
  const printParts = printPieces(scope, message, piecesOf(scope, message), {
    name: "write",
    parameters,
    args: "w, m",
  });
  printer.print("  if (m.$unknown !== undefined) ", codecValue(scope, "writeUnknown"), "(w, m.$unknown);");
  printer.print("}");
  printer.print();
  printParts();
}

function piecesOf(scope: CodecScope, message: DescMessage): Piece[] {
  const pieces: Piece[] = [];
  const fields = [...message.fields].sort((a, b) => a.number - b.number);
  for (let i = 0; i < fields.length; ) {
    const field = fields[i] as DescField;
    const { oneof } = field;
    // A oneof's fields are written together only where no other field's number is between theirs.
    let next = i + 1;
    while (oneof !== undefined && fields[next]?.oneof === oneof) next++;
    const cases = fields.slice(i, next);
    pieces.push({
      oneof,
      print: () => (oneof === undefined ? printField(scope, field) : printCases(scope, choiceOf(oneof), cases)),
    });
    i = next;
  }
  return pieces;
}

function printCases(scope: CodecScope, oneof: string, fields: readonly DescField[]): void {
  const { printer } = scope;
  printer.print("  switch (", oneof, ".case) {");
  for (const field of fields) {
    printer.print("    case ", printer.file.string(field.localName), ":");
    printer.print("      ", writingOf(scope, field, field.number, caseValue(scope, oneof)));
    printer.print("      break;");
  }
  printer.print("  }");
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
      printer.print("  if (", isSet(scope, field, value), ") ", writingOf(scope, field, field.number, value));
      if (field.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED) {
        const name = JSON.stringify(`${field.parent.typeName}.${field.name}`);
        printer.print("  else throw ", codecValue(scope, "missingField"), "(", name, ");");
      }
  }
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
  switch (formOf(field)) {
    case "message":
      return [write, `(w, ${tag}, `, value, ", ", scope.call(field.message, "write"), ");"];
    case "json": {
      const struct: Printable = [codecValue(scope, "structOfJson"), "(", value, ")"];
      return [write, `(w, ${tag}, `, struct, ", ", scope.call(field.message, "write"), ");"];
    }
    case "wrapped": {
      const scalar = field.message.fields[0]?.scalar as ScalarType;
      const isSet = isSetImplicitly(scope, { scalar }, value);
      const content: Printable = [isSet, ", ", writerOf(scope, scalar), `, ${tagOf(1, wireTypeOf(scalar))}`];
      const start = codecValue(scope, isGroup ? "writeWrappedGroup" : "writeWrapped");
      return [start, `(w, ${tag}, `, value, ", ", content, ");"];
    }
  }
}

function printList(scope: CodecScope, field: DescField & { fieldKind: "list" }, list: string): void {
  const { printer } = scope;
  if (field.message === undefined && field.packed) {
    const scalar = scalarOf(field);
    printer.print("  if (", list, ".length !== 0) {");
    printFork(scope, field.number, "at", "    ");
    printer.print("    for (const v of ", list, ") ", writeScalar(scope, scalar, 0, "v"));
    printer.print("    w.join(at);");
    printer.print("  }");
    return;
  }
  printer.print("  for (const v of ", list, ") ", writingOf(scope, field, field.number, "v"));
}

function printMap(scope: CodecScope, field: DescField & { fieldKind: "map" }, map: string): void {
  const { printer } = scope;
  // Keys are strings in the message, whatever their type. `in` would find what is inherited as well.
  printer.print("  for (const [k, v] of ", codecValue(scope, "entries"), "(", map, ")) {");
  printFork(scope, field.number, "entry", "    ");
  printer.print(
    "    ",
    writeScalar(scope, field.mapKey, tagOf(1, wireTypeOf(field.mapKey)), keyOf(scope, field.mapKey)),
  );
  printer.print("    ", writingOf(scope, field, 2, "v"));
  printer.print("    w.join(entry);");
  printer.print("  }");
}

function keyOf(scope: CodecScope, type: ScalarType): Printable {
  if (type === ScalarType.STRING || isLong(type)) return "k";
  return [codecValue(scope, type === ScalarType.BOOL ? "boolKey" : "intKey"), "(k)"];
}

/** Prints the beginning of what has its length in front. */
function printFork({ printer }: CodecScope, number: number, name: string, indent: string): void {
  printer.print(indent, `w.uint32(${tagOf(number, WireType.lengthDelimited)});`);
  printer.print(indent, `const ${name} = w.fork();`);
}

/** Enums are written as int32. */
function scalarOf(field: DescField): ScalarType {
  return field.scalar ?? ScalarType.INT32;
}
