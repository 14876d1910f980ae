import type { DescMessage, DescMethod } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import type { Printable } from "@bufbuild/protoplugin";
import { hasWktCodec } from "./imports.js";
import { memberName } from "./names.js";
import { type Literal, printType, printValue } from "./option-literal.js";
import type { OptionReader } from "./option-reader.js";
import { hasCodecs } from "./options.js";
import type { Printer } from "./printer.js";
import { runtimeAtLeast, runtimeType, schemaValue } from "./runtime.js";
import type { ServiceScope } from "./service-scope.js";

/** Prints what the RPCs of a service are. */
export function printSpecs(scope: ServiceScope, readOptions: OptionReader): void {
  const { printer, service, names } = scope;
  const { file } = printer;
  const serviceOptions: Literal = { kind: "object", properties: [...readOptions(service)] };
  // Shared by all specs; worth a constant only where there is something to share.
  const shared = serviceOptions.properties.length > 0 && service.methods.length > 0;
  if (shared) {
    printConstant(printer, names.serviceOptions, serviceOptions);
  }
  const methods = service.methods.map((method) => {
    const options: Literal = { kind: "object", properties: [...readOptions(method)] };
    return { method, options };
  });

  printer.print(file.jsDoc(`Specs of the RPCs of ${service.name}.`));
  const declaration = [printer.export("const", names.specs)];
  if (printer.types) {
    printer.print(declaration, ": ", runtimeAtLeast(printer), "<{");
    for (const { method, options } of methods) {
      printer.print("  readonly ", memberName(method), ": ", specType(scope, method, options, shared), ";");
    }
  }
  if (!printer.values) {
    printer.print("}>;");
  } else {
    printer.print(...(printer.types ? ["}>"] : declaration), " = {");
    for (const { method, options } of methods) {
      printSpec(scope, method, options, shared);
    }
    printer.print("};");
  }
  printer.print();
}

/** Prints a constant with options, for all specs that have them. */
export function printConstant(printer: Printer, name: string, options: Literal): void {
  printer.print(
    printer.target === "dts" ? "declare const " : "const ",
    printer.local(name),
    printer.type(": ", printType(options)),
    printer.values ? [" = ", printValue(options)] : [],
    ";",
  );
  printer.print();
}

function specType(scope: ServiceScope, method: DescMethod, options: Literal, shared: boolean): Printable {
  const { printer, names, imports, fileOptions } = scope;
  const { file } = printer;
  const types = [
    imports.shape(printer, method.input),
    ", ",
    imports.shape(printer, method.output),
    ", ",
    file.string(method.methodKind),
    ", ",
    printType(options, "  "),
    shared ? [", typeof ", printer.local(names.serviceOptions)] : fileOptions === undefined ? [] : ", {}",
    fileOptions === undefined ? [] : [", typeof ", fileOptions],
  ];
  return [runtimeType(printer, "Spec"), "<", types, ">"];
}

function printSpec(scope: ServiceScope, method: DescMethod, options: Literal, shared: boolean): void {
  const { printer, names, fileOptions } = scope;
  const { file } = printer;
  printer.print("  ", memberName(method), ": {");
  printer.print("    procedure: ", file.string(`/${method.parent.typeName}/${method.name}`), ",");
  printer.print("    kind: ", file.string(method.methodKind), ",");
  printer.print("    idempotency: ", file.string(idempotencyOf(method)), ",");
  printer.print("    input: ", codecOf(scope, method.input), ",");
  printer.print("    output: ", codecOf(scope, method.output), ",");
  printer.print("    options: ", printValue(options, "    "), ",");
  printer.print("    serviceOptions: ", shared ? printer.local(names.serviceOptions) : "{}", ",");
  if (fileOptions !== undefined) {
    printer.print("    fileOptions: ", fileOptions, ",");
  }
  printer.print("  },");
}

function codecOf({ printer, imports, codecs }: ServiceScope, message: DescMessage): Printable {
  const codec = hasCodecs(codecs) ? imports.codec(printer, message) : undefined;
  if (codec !== undefined) {
    // Those of well-known types have their JSON apart.
    if (codecs === "binary" || !hasWktCodec(message)) return codec;
    return imports.json(printer, message) ?? codec;
  }
  const name = codecs === "none" || codecs === "binary and JSON" ? "codecOf" : "binaryCodecOf";
  return ["/* @__PURE__ */ ", schemaValue(printer, name), "(", printer.file.importSchema(message), ")"];
}

function idempotencyOf(method: DescMethod): string {
  switch (method.idempotency) {
    case MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS:
      return "no_side_effects";
    case MethodOptions_IdempotencyLevel.IDEMPOTENT:
      return "idempotent";
    default:
      return "unknown";
  }
}
