import type { DescEnum, DescExtension, DescFile, DescMessage, DescService } from "@bufbuild/protobuf";
import type { Printable } from "@bufbuild/protoplugin";
import { hasWktCodec, type Imports } from "../imports.js";
import type { Codecs } from "../options.js";
import type { Printer } from "../printer.js";
import { printEmpty } from "./empty.js";
import { hasTable, list, printJson, separated } from "./json.js";
import { printJsonEnum } from "./json-enum.js";
import { convertersOf, membersOf } from "./members.js";
import { printRead } from "./read.js";
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
    // A codec refers to its JSON: that is there before it.
    if (scope.hasJson) printJson(scope, message);
    printCodec(scope, message);
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
      ? [" = /* @__PURE__ */ ", codecValue(scope, "generatedCodec"), "(", codecArgs(scope, message), ")"]
      : [],
    ";",
  );
  printer.print();
}

function codecArgs(scope: CodecScope, message: DescMessage): Printable {
  const { file } = scope.printer;
  const hasJson = scope.hasJson && !hasWktCodec(message);
  const members =
    scope.hasJson && hasTable(message) ? scope.local(message, "members") : file.string(membersOf(scope, message));
  const converters = convertersOf(scope, message);
  const args: Printable[] = [
    JSON.stringify(message.typeName),
    scope.local(message, "empty"),
    members,
    scope.local(message, "write"),
    scope.local(message, "read"),
  ];
  const isPlain = converters.length === 0 && message.oneofs.length === 0;
  if (!isPlain)
    args.push(["/* @__PURE__ */ ", codecValue(scope, "converted"), "(() => ", ...list(scope, converters), ")"]);
  else if (hasJson) args.push("undefined");
  if (hasJson) args.push(scope.json(message));
  return separated(args);
}
