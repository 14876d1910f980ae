import type { Spec } from "../call/spec.js";
import type { ClientConfig } from "./client-call.js";
import { callWithRequests, startClientStream, startStream } from "./stream-call.js";
import type { Transport } from "./transport.js";
import type {
  AnyIterable,
  BidiStream,
  CallOptions,
  ClientOptions,
  ClientStream,
  ServerStream,
  UnaryCall,
} from "./types.js";
import { startUnary } from "./unary-call.js";

/** What generated clients are made of: for each kind of RPC, what makes a method of a spec. */
export interface BoundClient {
  unary<I, O>(spec: Spec<I, O, "unary">): (request: unknown, options?: CallOptions) => UnaryCall<O>;
  serverStreaming<I, O>(
    spec: Spec<I, O, "server_streaming">,
  ): (request: unknown, options?: CallOptions) => ServerStream<O>;
  clientStreaming<I, O>(spec: Spec<I, O, "client_streaming">): ClientStreamingMethod<O>;
  bidiStreaming<I, O>(spec: Spec<I, O, "bidi_streaming">): BidiStreamingMethod<O>;
}

export interface ClientStreamingMethod<O> {
  (requests: AnyIterable<unknown>, options?: CallOptions): UnaryCall<O>;
  (options?: CallOptions): ClientStream<unknown, O>;
}

export interface BidiStreamingMethod<O> {
  (requests: AnyIterable<unknown>, options?: CallOptions): ServerStream<O>;
  (options?: CallOptions): BidiStream<unknown, O>;
}

/** Binds generated code to a transport. */
export function bindClient(transport: Transport, options?: ClientOptions): BoundClient {
  const config: ClientConfig = { transport, options: options ?? {} };
  return {
    unary(spec) {
      return (request, callOptions) => startUnary(config, spec, request, callOptions);
    },
    serverStreaming(spec) {
      return (request, callOptions) => startStream(config, spec, [request as never], callOptions);
    },
    clientStreaming<I, O>(spec: Spec<I, O, "client_streaming">) {
      return ((first?: AnyIterable<I> | CallOptions, second?: CallOptions) =>
        isIterable(first)
          ? callWithRequests(config, spec, first, second)
          : startClientStream(config, spec, first)) as ClientStreamingMethod<O>;
    },
    bidiStreaming<I, O>(spec: Spec<I, O, "bidi_streaming">) {
      return ((first?: AnyIterable<I> | CallOptions, second?: CallOptions) =>
        isIterable(first)
          ? startStream(config, spec, first, second)
          : startStream(config, spec, undefined, first)) as BidiStreamingMethod<O>;
    },
  };
}

function isIterable<T>(value: AnyIterable<T> | CallOptions | undefined): value is AnyIterable<T> {
  return value !== undefined && (Symbol.asyncIterator in value || Symbol.iterator in value);
}
