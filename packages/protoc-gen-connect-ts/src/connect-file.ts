import type { DescFile, DescService } from "@bufbuild/protobuf";
import { printClient } from "./client.js";
import { printHandler } from "./handler.js";
import type { Imports } from "./imports.js";
import { fileOptionsName, namesOfServices } from "./names.js";
import type { Literal } from "./option-literal.js";
import type { OptionReader } from "./option-reader.js";
import type { Options } from "./options.js";
import type { Printer } from "./printer.js";
import type { ServiceScope } from "./service-scope.js";
import { printConstant, printSpecs } from "./specs.js";

/** Prints the `_connect` file: specs, client and handler of each service. */
export function printConnectFile(
  printer: Printer,
  file: DescFile,
  imports: Imports,
  readOptions: OptionReader,
  { codecs, interceptors }: Options,
): void {
  const used = new Set(file.services.flatMap(({ methods }) => methods.flatMap(({ input, output }) => [input, output])));
  const shadowed = [...used].some((message) => imports.shape(printer, message).name === "AsyncIterable");
  const options: Literal = { kind: "object", properties: [...readOptions(file)] };
  const hasOptions = options.properties.length > 0 && used.size > 0;
  if (hasOptions) {
    printConstant(printer, fileOptionsName, options);
  }
  const hasSharedOptions = (service: DescService) => service.methods.length > 0 && readOptions(service).size > 0;
  for (const [service, names] of namesOfServices(file)) {
    const scope: ServiceScope = {
      printer,
      service,
      names,
      imports,
      fileOptions: hasOptions ? printer.local(fileOptionsName) : undefined,
      codecs,
      interceptors,
      asyncIterable: shadowed ? "globalThis.AsyncIterable" : "AsyncIterable",
    };
    printSpecs(scope, readOptions);
    printClient(scope);
    printHandler(scope);
  }
  // Without this line, a declaration file exports its constants too.
  if (printer.target === "dts" && (hasOptions || file.services.some(hasSharedOptions))) {
    printer.print("export {};");
  }
}
