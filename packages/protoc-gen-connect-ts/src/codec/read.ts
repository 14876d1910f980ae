import { type DescEnum, type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import type { Printable } from "@bufbuild/protoplugin";
import { firstOf, readScalar, tagOf, WireType, wireTypeOf, zeroOf } from "./scalar.js";
import { type CodecScope, codecType, codecValue, formOf, inherited, member, ownMember } from "./scope.js";

type MessageField = DescField & { message: DescMessage };

/**
 * Prints the function that reads fields into a message, by the whole tag: what has another wire
 * type than the schema says is an unknown field.
 */
export function printRead(scope: CodecScope, message: DescMessage): void {
  const { printer, imports } = scope;
  printer.print(
    "function ",
    scope.local(message, "read"),
    "(r",
    printer.type(": ", codecType(scope, "Reader")),
    ", m",
    printer.type(": ", imports.shape(printer, message)),
    ", endTag",
    printer.type(": number"),
    ")",
    printer.type(": void"),
    " {",
  );
  printer.print("  r.enter(", JSON.stringify(message.typeName), ");");
  printer.print("  while (r.pos < r.end) {");
  printer.print("    const tag = r.tag();");
  printer.print("    switch (tag) {");
  for (const field of message.fields) printField(scope, field);
  printer.print("      default:");
  printer.print("        if (tag === endTag) return r.leave(0);");
  printer.print("        r.unknown(m, tag);");
  printer.print("    }");
  printer.print("  }");
  printer.print("  r.leave(endTag);");
  printer.print("}");
  printer.print();
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
    printCase(scope, tagOf(field.number, wireType), () => printMessage(scope, field, target));
    return;
  }
  const value = printableOf(scope, field);
  const wireType = wireTypeOf(field.scalar ?? ScalarType.INT32);
  if (field.fieldKind === "list") {
    printCase(scope, tagOf(field.number, wireType), () => printer.print("        ", target, ".push(", value, ");"));
    if (wireType !== WireType.lengthDelimited) {
      printCase(scope, tagOf(field.number, WireType.lengthDelimited), () => {
        printer.print("        const end = r.open();");
        printer.print("        while (r.pos < r.end) ", target, ".push(", value, ");");
        printer.print("        r.close(end);");
      });
    }
    return;
  }
  printCase(scope, tagOf(field.number, wireType), () => {
    if (field.enum !== undefined && !field.enum.open) {
      printer.print("        const v = ", codecValue(scope, "readInt32"), "(r);");
      printer.print(
        "        if (",
        isKnown(field.enum),
        ") ",
        assignment(scope, field, ["v", asEnum(scope, field.enum)]),
        ";",
      );
      printer.print("        else ", codecValue(scope, "keepUnknownEnum"), "(m, tag, v);");
    } else {
      printer.print("        ", assignment(scope, field, value), ";");
    }
  });
}

/** Whether `v` is a value of an enum. */
function isKnown({ values }: DescEnum): string {
  const numbers = [...new Set(values.map(({ number }) => number))].sort((a, b) => a - b);
  const first = numbers[0] ?? 0;
  const last = numbers.at(-1) ?? 0;
  if (numbers.length > 2 && last - first === numbers.length - 1) return `v >= ${first} && v <= ${last}`;
  return numbers.map((number) => `v === ${number}`).join(" || ");
}

function printCase(scope: CodecScope, tag: number, printBody: () => void): void {
  scope.printer.print(`      case ${tag}: {`);
  printBody();
  scope.printer.print("        break;");
  scope.printer.print("      }");
}

/** What sets a singular field. */
export function assignment(scope: CodecScope, field: DescField, value: Printable): Printable {
  if (field.oneof === undefined) return [member("m", field.localName), " = ", value];
  const name = scope.printer.file.string(field.localName);
  return [member("m", field.oneof.localName), " = { case: ", name, ", value: ", value, " }"];
}

function printableOf(scope: CodecScope, field: DescField): Printable {
  if (field.enum !== undefined) return [codecValue(scope, "readInt32"), "(r)", asEnum(scope, field.enum)];
  // Map values have no `jstype`.
  const longAsString = "longAsString" in field && field.longAsString;
  return readScalar(scope, field.scalar as ScalarType, longAsString, field.utf8Validation);
}

/** The cast of a number to an enum. */
export function asEnum({ printer }: CodecScope, desc: DescEnum): Printable {
  return printer.type(" as ", printer.file.importShape(desc));
}

/** A message that comes more than once is merged. */
function printMessage(
  scope: CodecScope,
  field: MessageField & { fieldKind: "message" | "list" },
  target: string,
): void {
  const { printer } = scope;
  const empty: Printable = [scope.call(field.message, "empty"), "()"];
  const indent = "        ";
  const form = formOf(field);
  const own = ownMember(scope, "m", field.localName);
  const merged: Printable = inherited.has(field.localName) ? ["(", own, target, " || undefined)"] : target;
  if (field.fieldKind === "list") {
    printer.print(indent, "const v = ", empty, ";");
  } else if (field.oneof !== undefined) {
    const oneof = member("m", field.oneof.localName);
    const name = printer.file.string(field.localName);
    const existing = [oneof, ".case === ", name, " ? ", oneof, ".value : "];
    if (form === "json") {
      printer.print(indent, "const v = ", codecValue(scope, "structOfJson"), "(", existing, "undefined);");
    } else {
      printer.print(indent, "const v = ", existing, empty, ";");
    }
  } else if (form === "json") {
    printer.print(indent, "const v = ", codecValue(scope, "structOfJson"), "(", merged, ");");
  } else if (form === "wrapped") {
    printer.print(indent, "const v = ", empty, ";");
    printer.print(indent, "if (", own, target, " !== undefined) v.value = ", target, ";");
  } else {
    printer.print(indent, "const v = ", merged, " ?? ", empty, ";");
  }
  printContent(scope, field, "v", indent);
  const value: Printable =
    form === "json" ? [codecValue(scope, "jsonOfStruct"), "(v)"] : form === "wrapped" ? "v.value" : "v";
  if (field.fieldKind === "list") printer.print(indent, target, ".push(", value, ");");
  else printer.print(indent, assignment(scope, field, value), ";");
}

function printContent(scope: CodecScope, field: MessageField, value: string, indent: string): void {
  const { printer } = scope;
  const read = scope.call(field.message, "read");
  if (field.fieldKind !== "map" && field.delimitedEncoding) {
    printer.print(indent, read, `(r, ${value}, ${tagOf(field.number, WireType.endGroup)});`);
  } else {
    printer.print(indent, "const end = r.open();");
    printer.print(indent, read, `(r, ${value}, 0);`);
    printer.print(indent, "r.close(end);");
  }
}

function printMap(scope: CodecScope, field: DescField & { fieldKind: "map" }, target: string): void {
  const { printer } = scope;
  const keyTag = tagOf(1, wireTypeOf(field.mapKey));
  printer.print("        const entryEnd = r.open();");
  printer.print("        let key = ", zeroOf(scope, field.mapKey, false), ";");
  const form = field.message === undefined ? undefined : formOf(field);
  if (field.message === undefined) {
    const initial =
      field.enum === undefined
        ? zeroOf(scope, field.scalar, false)
        : [String(firstOf(field.enum)), asEnum(scope, field.enum)];
    const type = field.enum === undefined ? [] : printer.type(": ", printer.file.importShape(field.enum));
    printer.print("        let value", type, " = ", initial, ";");
  } else {
    const create: Printable =
      form === "json" ? [codecValue(scope, "structOfJson"), "(undefined)"] : [scope.call(field.message, "empty"), "()"];
    printer.print("        const value = ", create, ";");
  }
  printer.print("        while (r.pos < r.end) {");
  printer.print("          const inner = r.tag();");
  printer.print("          switch (inner) {");
  printer.print(`            case ${keyTag}:`);
  printer.print("              key = ", readScalar(scope, field.mapKey, false, field.utf8Validation), ";");
  printer.print("              break;");
  if (field.message === undefined) {
    printer.print(`            case ${tagOf(2, wireTypeOf(field.scalar ?? ScalarType.INT32))}:`);
    printer.print("              value = ", printableOf(scope, field), ";");
    printer.print("              break;");
  } else {
    printer.print(`            case ${tagOf(2, WireType.lengthDelimited)}: {`);
    printContent(scope, field, "value", "              ");
    printer.print("              break;");
    printer.print("            }");
  }
  printer.print("            default:");
  printer.print("              r.skip(inner);");
  printer.print("          }");
  printer.print("        }");
  printer.print("        r.close(entryEnd);");
  const value: Printable = form === "json" ? [codecValue(scope, "jsonOfStruct"), "(value)"] : "value";
  printer.print("        ", codecValue(scope, "setEntry"), "(", target, ", key, ", value, ");");
}
