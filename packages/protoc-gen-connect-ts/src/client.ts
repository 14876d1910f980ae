import type { DescMethod } from "@bufbuild/protobuf";
import type { Printable } from "@bufbuild/protoplugin";
import { memberName } from "./names.js";
import { runtimeType, runtimeValue } from "./runtime.js";
import type { ServiceScope } from "./service-scope.js";

/** Prints the client interface of a service, and its constructor. */
export function printClient(scope: ServiceScope): void {
  const { printer, service, names, interceptors } = scope;
  const { file } = printer;
  if (printer.types) {
    printer.print(file.jsDoc(service));
    printer.print(printer.export("interface", names.client), " {");
    for (const [index, method] of service.methods.entries()) {
      if (index > 0) {
        printer.print();
      }
      printMethod(scope, method);
    }
    printer.print("}");
    printer.print();
  }

  const isEmpty = service.methods.length === 0;
  const unused = isEmpty ? "_" : "";
  printer.print(file.jsDoc(`Makes a client of ${service.name}.${service.deprecated ? "\n@deprecated" : ""}`));
  printer.print(
    printer.export("function", names.createClient),
    `(${unused}transport`,
    printer.type(": ", runtimeType(printer, "Transport")),
    `, ${unused}options`,
    printer.type("?: ", runtimeType(printer, interceptors ? "ClientOptions" : "PlainClientOptions")),
    ")",
    printer.type(": ", names.client),
    printer.values ? " {" : ";",
  );
  if (printer.values) {
    if (isEmpty) {
      printer.print("  return {};");
    } else {
      const bindClient = runtimeValue(printer, interceptors ? "bindTransport" : "bindPlainTransport");
      printer.print("  const client = ", bindClient, "(transport, options);");
      printer.print("  return {");
      for (const method of service.methods) {
        const member = memberName(method);
        const bind = runtimeValue(printer, (interceptors ? binders : plainBinders)[method.methodKind]);
        printer.print("    ", member, ": ", bind, "(client, ", names.specs, ".", member, "),");
      }
      printer.print("  };");
    }
    printer.print("}");
  }
  printer.print();
}

/** What makes a method of each kind: a client brings the code of those kinds along that it has. */
const binders = {
  unary: "unaryMethod",
  server_streaming: "serverStreamingMethod",
  client_streaming: "clientStreamingMethod",
  bidi_streaming: "bidiStreamingMethod",
} as const;

/** The same for a client without interceptors: their code is not brought along. */
const plainBinders = {
  unary: "plainUnaryMethod",
  server_streaming: "plainServerStreamingMethod",
  client_streaming: "plainClientStreamingMethod",
  bidi_streaming: "plainBidiStreamingMethod",
} as const;

function printMethod({ printer, imports }: ServiceScope, method: DescMethod): void {
  const { file } = printer;
  const type = (name: Parameters<typeof runtimeType>[1]): Printable => runtimeType(printer, name);
  // `new(...): T` in an interface is a constructor.
  const name = method.localName === "new" ? '"new"' : memberName(method);
  const input = imports.init(printer, method.input);
  const output = imports.shape(printer, method.output);
  const options = ["options?: ", type("CallOptions")];
  const streamsOut = method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming";
  const result = [type(streamsOut ? "ServerStream" : "UnaryCall"), "<", output, ">"];

  printer.print(file.jsDoc(method, "  "));
  if (method.methodKind === "unary" || method.methodKind === "server_streaming") {
    printer.print("  ", name, "(request: ", input, ", ", options, "): ", result, ";");
    return;
  }
  printer.print("  ", name, "(requests: ", type("AnyIterable"), "<", input, ">, ", options, "): ", result, ";");
  const deprecated = method.deprecated ? " @deprecated" : "";
  printer.print(`  /** The same RPC, with its requests sent one by one.${deprecated} */`);
  const stream = type(streamsOut ? "BidiStream" : "ClientStream");
  printer.print("  ", name, "(", options, "): ", stream, "<", input, ", ", output, ">;");
}
