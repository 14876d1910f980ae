import type { Spec } from "../call/spec.js";
import type { ClientConfig } from "./client-call.js";
import { callWithRequests, startClientStream, startStream } from "./stream-call.js";
import type { Transport } from "./transport.js";
import type { AnyIterable, CallOptions, ClientOptions } from "./types.js";
import { startUnary } from "./unary-call.js";

/** What generated clients are made of: for each kind of RPC, what makes a method of a spec. */
export interface BoundClient {
  unary(spec: Spec): BoundMethod;
  serverStreaming(spec: Spec): BoundMethod;
  clientStreaming(spec: Spec): BoundMethod;
  bidiStreaming(spec: Spec): BoundMethod;
}

/**
 * A method that the interface of the generated client gives its type: `never` is assignable to
 * whatever the interface says. To infer the types here too would add nothing for users, and 14
 * instantiations for each RPC for the type checker.
 */
export type BoundMethod = (request?: unknown, options?: unknown) => never;

/** Binds generated code to a transport. */
export function bindClient(transport: Transport, options?: ClientOptions): BoundClient {
  const config: ClientConfig = { transport, options: options ?? {} };
  return {
    unary: bound((spec, request, callOptions) => startUnary(config, spec, request, callOptions)),
    serverStreaming: bound((spec, request, callOptions) => startStream(config, spec, [request], callOptions)),
    clientStreaming: bound((spec, first: AnyIterable<unknown> | CallOptions | undefined, second) =>
      isIterable(first) ? callWithRequests(config, spec, first, second) : startClientStream(config, spec, first),
    ),
    bidiStreaming: bound((spec, first: AnyIterable<unknown> | CallOptions | undefined, second) =>
      isIterable(first) ? startStream(config, spec, first, second) : startStream(config, spec, undefined, first),
    ),
  };
}

function bound<First>(
  start: (spec: Spec, first: First, second: CallOptions | undefined) => unknown,
): (spec: Spec) => BoundMethod {
  return (spec) => (first, second) => start(spec, first as First, second as CallOptions | undefined) as never;
}

function isIterable<T>(value: AnyIterable<T> | CallOptions | undefined): value is AnyIterable<T> {
  return value !== undefined && (Symbol.asyncIterator in value || Symbol.iterator in value);
}
