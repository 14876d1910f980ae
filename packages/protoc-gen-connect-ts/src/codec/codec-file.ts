import type { DescEnum, DescExtension, DescFile, DescMessage, DescService } from "@bufbuild/protobuf";
import { hasWktCodec, type Imports } from "../imports.js";
import type { Codecs } from "../options.js";
import type { Printer } from "../printer.js";
import { printEmpty, printMake } from "./empty.js";
import { printJson } from "./json.js";
import { printJsonEnum } from "./json-enum.js";
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
    const enums = new Set(messages.flatMap(({ fields }) => fields.flatMap((field) => field.enum ?? [])));
    for (const desc of enums) printJsonEnum(scope, desc);
  }
  for (const message of messages) {
    // A codec refers to its JSON: that is there before it.
    if (scope.hasJson) printJson(scope, message);
    printCodec(scope, message);
    if (printer.values) {
      printEmpty(scope, message);
      printMake(scope, message);
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
    printer.values ? " = /* @__PURE__ */ " : ";",
    ...(printer.values ? [codecValue(scope, "generatedCodec"), "("] : []),
  );
  if (printer.values) {
    printer.print("  ", JSON.stringify(message.typeName), ",");
    for (const name of ["empty", "make", "write", "read"] as const) {
      printer.print("  ", scope.local(message, name), ",");
    }
    if (scope.hasJson && !hasWktCodec(message)) printer.print("  ", scope.json(message), ",");
    printer.print(");");
  }
  printer.print();
}
