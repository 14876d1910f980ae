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
  | "RuntimeAtLeast0_1"
  | "ServerStream"
  | "ServiceHandler"
  | "Spec"
  | "Transport"
  | "UnaryCall";

type ValueName = "bindClient" | "codecOf" | "createServiceHandler" | "unimplemented";

/** A type of the runtime. */
export function runtimeType(printer: Printer, name: TypeName): ImportSymbol {
  return printer.file.import(name, "@connect-ts/runtime", true);
}

/** A function of the runtime. */
export function runtimeValue(printer: Printer, name: ValueName): ImportSymbol {
  return printer.file.import(name, "@connect-ts/runtime");
}
