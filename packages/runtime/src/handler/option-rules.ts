import {
  bytes,
  checkOption,
  type Elsewhere,
  functions,
  has,
  listOf,
  memory,
  type Rule,
  type RulesFor,
  whole,
} from "../check-options.js";
import type { Route } from "./route/route.js";
import type { HandlerOptions, ServiceHandler } from "./types.js";

/** @internal What an RPC's options have to be, at every level. */
export const methodRules: RulesFor<Omit<HandlerOptions, "perMethod">> = {
  interceptors: functions,
  // servedProtocols() checks it.
  protocols: undefined,
  codecs: listOf("codecs, such as [binary(), json()]", has("encode")),
  compressions: listOf("compressions, such as [gzip()]", has("compress")),
  compressMinBytes: bytes,
  readMaxBytes: bytes,
  decodedMaxBytes: memory,
  sendMaxBytes: bytes,
  sendMaxHeaderBytes: bytes,
  sendMaxHeaderPairs: whole("number of fields", 0, 65_535),
  maxTimeoutMs: ["number", "a number of milliseconds from 1 to Infinity", (value: number) => value >= 1],
  allowHalfDuplexBidiOverHttp1: "boolean",
  onError: "function",
};

/** @internal What the options of a service have to be. */
export const handlerRules: RulesFor<HandlerOptions> = { ...methodRules, perMethod: "function" };

/** @internal */
export const connectOnly: Elsewhere = [
  "requireConnectProtocolHeader",
  "it is one of a protocol: { protocols: [connectHandlerProtocol({ ... })] }",
];

/** @internal What somebody looks for who gave a server its service without `{ handlers }`. */
export const notAService: Elsewhere = ["typeName handler services", "services are given as { handlers: [service] }"];

/** @internal */
export const serviceOnly: Elsewhere = ["context", "it is the service's: createXxxHandler(implementation, { ... })"];

const handler: Rule = [
  "object",
  "a service or a route: what createXxxHandler(implementation) or createRoute() makes",
  ({ methods, handle }: { readonly methods?: unknown; readonly handle?: unknown }) =>
    has("get")(methods) || typeof handle === "function",
];

/** @internal The services and routes of a server, given as one or as a list. */
export function listHandlers(
  handlers: ServiceHandler | Route | readonly (ServiceHandler | Route)[],
): readonly (ServiceHandler | Route)[] {
  if (!Array.isArray(handlers)) {
    checkOption("handlers", handlers, handler);
    return [handlers as ServiceHandler | Route];
  }
  for (const [index, one] of handlers.entries()) checkOption(`handlers[${index}]`, one, handler);
  return handlers as readonly (ServiceHandler | Route)[];
}
