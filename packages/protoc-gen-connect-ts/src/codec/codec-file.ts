import type { DescEnum, DescExtension, DescFile, DescMessage, DescService } from "@bufbuild/protobuf";
import type { Printable } from "@bufbuild/protoplugin";
import { hasWktCodec, type Imports } from "../imports.js";
import type { Codecs } from "../options.js";
import type { Printer } from "../printer.js";
import { printEmpty } from "./empty.js";
import { extensionsOf, hasTable, list, printJson, printMembers, separated, typesOf } from "./json.js";
import { printJsonEnum } from "./json-enum.js";
import { convertersOf, membersOf } from "./members.js";
import { emptyWeight, printRead } from "./read.js";
import { type CodecScope, codecType, codecValue, createCodecScope } from "./scope.js";
import { printWrite } from "./write.js";

/** Prints the `_codec` file: for each message straight-line code that makes, writes and reads it. */
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
    printCodec(scope, message);
    if (hasTwo) printJson(scope, message);
    if (printer.values) {
      printEmpty(scope, message);
      printWrite(scope, message);
      printRead(scope, message);
    }
  }
}

function printCodec(scope: CodecScope, message: DescMessage): void {
  const { printer, imports } = scope;
  const { file } = printer;
  const deprecated = message.deprecated ? "\n@deprecated" : "";
  printer.print(file.jsDoc(`The codec of ${message.typeName}.\n\n@generated from ${message}${deprecated}`));
  const shape = imports.shape(printer, message);
  printer.print(
    printer.export("const", imports.codecName(printer, message)),
    printer.type(": ", codecType(scope, "GeneratedCodec"), "<", shape, ">"),
    printer.values
      ? [
          " = /* @__PURE__ */ ",
          scope.hasJson && !hasWktCodec(message) ? jsonCodec(scope, message) : binaryCodec(scope, message),
        ]
      : [],
    ";",
  );
  printer.print();
}

function binaryCodec(scope: CodecScope, message: DescMessage): Printable {
  const { file } = scope.printer;
  const args: Printable[] = [
    JSON.stringify(message.typeName),
    scope.local(message, "empty"),
    scope.hasJson && hasTable(message) ? scope.local(message, "members") : file.string(membersOf(scope, message)),
    scope.local(message, "write"),
    scope.local(message, "read"),
  ];
  if (isConverted(scope, message)) {
    const converters = list(scope, convertersOf(scope, message));
    args.push(["/* @__PURE__ */ ", codecValue(scope, "converted"), "(", converters, ")"]);
  }
  return [codecValue(scope, "generatedCodec"), "(", separated(args), ")"];
}

/** Whether an init shape has members in another form than the message. */
function isConverted(scope: CodecScope, message: DescMessage): boolean {
  return message.oneofs.length > 0 || convertersOf(scope, message).length > 0;
}

function jsonCodec(scope: CodecScope, message: DescMessage): Printable {
  const { file } = scope.printer;
  const args: Printable[] = [
    JSON.stringify(message.typeName),
    String(emptyWeight(message)),
    scope.local(message, "empty"),
    scope.local(message, "write"),
    scope.local(message, "read"),
    file.string(membersOf(scope, message)),
    typesOf(scope, message),
  ];
  const extensions = extensionsOf(scope, message);
  if (isConverted(scope, message)) args.push(codecValue(scope, "convertersOfTypes"));
  else if (extensions.length > 0) args.push("undefined");
  args.push(...extensions);
  return [codecValue(scope, "jsonCodec"), "(", separated(args), ")"];
}
