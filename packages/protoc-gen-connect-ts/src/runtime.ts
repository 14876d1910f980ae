import type { ImportSymbol } from "@bufbuild/protoplugin";
import type { Printer } from "./printer.js";

type TypeName =
  | "AnyIterable"
  | "Awaitable"
  | "BidiStream"
  | "CallOptions"
  | "ClientOptions"
  | "ClientStream"
  | "ContextHandlerOptions"
  | "HandlerContext"
  | "HandlerOptions"
  | "PlainClientOptions"
  | "ServerStream"
  | "ServiceHandler"
  | "Spec"
  | "Transport"
  | "UnaryCall";

type ValueName =
  | "bidiStreamingMethod"
  | "bindPlainTransport"
  | "bindTransport"
  | "clientStreamingMethod"
  | "createServiceHandler"
  | "plainBidiStreamingMethod"
  | "plainClientStreamingMethod"
  | "plainServerStreamingMethod"
  | "plainUnaryMethod"
  | "serverStreamingMethod"
  | "unaryMethod"
  | "unimplemented";

/** A type of the runtime. */
export function runtimeType(printer: Printer, name: TypeName): ImportSymbol {
  return printer.file.import(name, "@connect-ts/runtime", true);
}

/** A function of the runtime, which it has for generated code alone. */
export function runtimeValue(printer: Printer, name: ValueName): ImportSymbol {
  return printer.file.import(name, "@connect-ts/runtime/codegen");
}

/** A function of the runtime that takes a descriptor. */
export function schemaValue(
  { file }: Printer,
  name: "binaryCodecOf" | "codecOf" | "schemaCodec" | "schemaJson",
): ImportSymbol {
  return file.import(name, "@connect-ts/runtime/codegen/schema");
}

/** What generated code of this version needs the runtime to be. */
export function runtimeAtLeast(printer: Printer): ImportSymbol {
  return printer.file.import("RuntimeAtLeast0_1", "@connect-ts/runtime/codegen", true);
}
