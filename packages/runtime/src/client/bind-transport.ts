import type { Spec } from "../call/spec.js";
import {
  bytes,
  checkOption,
  checkOptions,
  deadline,
  type Elsewhere,
  functions,
  has,
  type RulesFor,
} from "../check-options.js";
import { type ClientBinding, ofTransports } from "./client-call.js";
import type { Transport } from "./transport.js";
import type { CallOptions, ClientOptions, PlainClientOptions } from "./types.js";
import { plainUnary, startUnary } from "./unary-call.js";

/**
 * A method that the interface of the generated client gives its type: `never` is assignable to
 * whatever the interface says. To infer the types here too would add nothing for users, and 14
 * instantiations for each RPC for the type checker.
 */
export type BoundMethod = (request?: unknown, options?: unknown) => never;

const rules: RulesFor<ClientOptions> = {
  interceptors: functions,
  timeoutMs: deadline,
  headers: "object",
  replayBytes: bytes,
};
const plainRules: RulesFor<PlainClientOptions> = { timeoutMs: deadline, headers: "object" };
const elsewhere: readonly Elsewhere[] = [
  ofTransports,
  ["signal values parent compress waitForReady", "give it to a call: client.method(request, { ... })"],
];

/** Binds a client to a transport: its methods are made by `unaryMethod` and those of streams. */
export function bindTransport(transport: Transport, options: ClientOptions = {}): ClientBinding {
  return bind(transport, options, rules, ...elsewhere);
}

/** The same for a client without interceptors: its methods are made by `plainUnaryMethod` and the like. */
export function bindPlainTransport(transport: Transport, options: PlainClientOptions = {}): ClientBinding {
  const why: Elsewhere = ["interceptors replayBytes", "its code was generated with interceptors=false"];
  return bind(transport, options, plainRules, ...elsewhere, why);
}

function bind(
  transport: Transport,
  options: ClientOptions,
  allowed: RulesFor<PlainClientOptions>,
  ...others: readonly Elsewhere[]
): ClientBinding {
  checkOption("the transport of a client", transport, [
    "object",
    "what createNodeTransport() or the like makes",
    has("unary"),
  ]);
  checkOptions("a client", options, allowed, ...others);
  return { transport, options };
}

/** A method that runs no interceptors. */
export function plainUnaryMethod(client: ClientBinding, spec: Spec): BoundMethod {
  return (request, options) =>
    startUnary(client, spec, request, options as CallOptions | undefined, plainUnary) as never;
}
