import type { DescFile } from "@bufbuild/protobuf";
import { printClient } from "./client.js";
import { printHandler } from "./handler.js";
import type { Imports } from "./imports.js";
import { namesOfServices } from "./names.js";
import type { OptionReader } from "./option-reader.js";
import type { Printer } from "./printer.js";
import type { ServiceScope } from "./service-scope.js";
import { printSpecs } from "./specs.js";

/** Prints the `_connect` file: specs, client and handler of each service. */
export function printConnectFile(
  printer: Printer,
  file: DescFile,
  imports: Imports,
  readOptions: OptionReader,
  codecs: boolean,
): void {
  const used = new Set(file.services.flatMap(({ methods }) => methods.flatMap(({ input, output }) => [input, output])));
  const shadowed = [...used].some((message) => imports.shape(printer, message).name === "AsyncIterable");
  for (const [service, names] of namesOfServices(file)) {
    const scope: ServiceScope = {
      printer,
      service,
      names,
      imports,
      codecs,
      asyncIterable: shadowed ? "globalThis.AsyncIterable" : "AsyncIterable",
    };
    printSpecs(scope, readOptions);
    printClient(scope);
    printHandler(scope);
  }
}
