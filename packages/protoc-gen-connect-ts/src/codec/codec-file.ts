import type { DescEnum, DescExtension, DescFile, DescMessage, DescService } from "@bufbuild/protobuf";
import type { Printable } from "@bufbuild/protoplugin";
import { hasWktCodec, type Imports } from "../imports.js";
import type { Codecs } from "../options.js";
import type { Printer } from "../printer.js";
import { printDefaults, printEmpty } from "./empty.js";
import { extensionsOf, hasTable, list, printJson, printMembers, typesOf } from "./json.js";
import { printJsonEnum } from "./json-enum.js";
import { convertersOf, membersOf } from "./members.js";
import { emptyWeight, printRead } from "./read.js";
import { type CodecScope, codecType, codecValue, createCodecScope } from "./scope.js";
import { printWrite } from "./write.js";

/**
 * Prints the `_codec` file: for each message straight-line code that makes, writes and reads it. The functions are arguments
 * of what makes the codec, which says of what types their parameters are: so the type checker has little to do.
 */
export function printCodecFile(
  printer: Printer,
  file: DescFile,
  imports: Imports,
  types: Iterable<DescMessage | DescEnum | DescExtension | DescService>,
  codecs: Codecs,
): void {
  const messages = [...types].filter((desc) => desc.kind === "message");
  const scope = createCodecScope(printer, file, messages, imports, codecs === "binary and JSON");
  if (scope.hasJson && printer.values) {
    const enums = new Set(
      messages.filter(hasTable).flatMap(({ fields }) => fields.flatMap((field) => field.enum ?? [])),
    );
    for (const desc of enums) printJsonEnum(scope, desc);
  }
  for (const message of messages) {
    const hasTwo = scope.hasJson && hasWktCodec(message);
    if (hasTwo && hasTable(message) && printer.values) printMembers(scope, message);
    if (printer.values) printDefaults(scope, message);
    printCodec(scope, message);
    if (hasTwo) printJson(scope, message);
  }
}

function printCodec(scope: CodecScope, message: DescMessage): void {
  const { printer, imports } = scope;
  const { file } = printer;
  const deprecated = message.deprecated ? "\n@deprecated" : "";
  printer.print(file.jsDoc(`The codec of ${message.typeName}.\n\n@generated from ${message}${deprecated}`));
  const shape = imports.shape(printer, message);
  const declared: Printable = [
    printer.export("const", imports.codecName(printer, message)),
    printer.type(": ", codecType(scope, "GeneratedCodec"), "<", shape, ">"),
  ];
  if (!printer.values) {
    printer.print(declared, ";");
  } else {
    const hasJson = scope.hasJson && !hasWktCodec(message);
    const make = codecValue(scope, hasJson ? "jsonCodec" : "generatedCodec");
    printer.print(declared, " = /* @__PURE__ */ ", make, "(");
    printer.print("  ", JSON.stringify(message.typeName), ",");
    printer.print(`  ${emptyWeight(message)},`);
    printEmpty(scope, message);
    printWrite(scope, message);
    printRead(scope, message);
    for (const argument of hasJson ? jsonArguments(scope, message) : binaryArguments(scope, message)) {
      printer.print("  ", argument, ",");
    }
    printer.print(");");
  }
  printer.print();
}

function binaryArguments(scope: CodecScope, message: DescMessage): Printable[] {
  const { file } = scope.printer;
  const hasMembers = scope.hasJson && hasTable(message);
  const args: Printable[] = [hasMembers ? scope.local(message, "members") : file.string(membersOf(scope, message))];
  if (isConverted(scope, message)) {
    const converters = list(scope, convertersOf(scope, message));
    args.push(["/* @__PURE__ */ ", codecValue(scope, "converted"), "(", converters, ")"]);
  }
  return args;
}

/** Whether an init shape has members in another form than the message. */
function isConverted(scope: CodecScope, message: DescMessage): boolean {
  return message.oneofs.length > 0 || convertersOf(scope, message).length > 0;
}

function jsonArguments(scope: CodecScope, message: DescMessage): Printable[] {
  const args: Printable[] = [scope.printer.file.string(membersOf(scope, message)), typesOf(scope, message)];
  const extensions = extensionsOf(scope, message);
  if (isConverted(scope, message)) args.push(codecValue(scope, "convertersOfTypes"));
  else if (extensions.length > 0) args.push("undefined");
  args.push(...extensions);
  return args;
}
