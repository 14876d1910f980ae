import type { Spec } from "../call/spec.js";
import type { BoundMethod } from "./bind-transport.js";
import type { ClientBinding } from "./client-call.js";
import { openConn } from "./guarded-conn.js";
import {
  callWithRequests,
  isIterable,
  type StreamBinding,
  startClientStream,
  startServerStream,
  startStream,
} from "./stream-call.js";
import type { AnyIterable, CallOptions } from "./types.js";

/** A method that runs no interceptors. */
export function plainServerStreamingMethod(client: ClientBinding, spec: Spec): BoundMethod {
  return serverStreaming({ ...client, connOf: openConn }, spec);
}

/** A method that runs no interceptors. */
export function plainClientStreamingMethod(client: ClientBinding, spec: Spec): BoundMethod {
  return clientStreaming({ ...client, connOf: openConn }, spec);
}

/** A method that runs no interceptors. */
export function plainBidiStreamingMethod(client: ClientBinding, spec: Spec): BoundMethod {
  return bidiStreaming({ ...client, connOf: openConn }, spec);
}

export function serverStreaming(client: StreamBinding, spec: Spec): BoundMethod {
  return bound((request, options) => startServerStream(client, spec, request, options));
}

export function clientStreaming(client: StreamBinding, spec: Spec): BoundMethod {
  return bound((first: AnyIterable<unknown> | CallOptions | undefined, second) =>
    areRequests(first, second)
      ? callWithRequests(client, spec, first, second)
      : startClientStream(client, spec, first ?? second),
  );
}

export function bidiStreaming(client: StreamBinding, spec: Spec): BoundMethod {
  return bound((first: AnyIterable<unknown> | CallOptions | undefined, second) =>
    areRequests(first, second)
      ? startStream(client, spec, first, second)
      : startStream(client, spec, undefined, first ?? second),
  );
}

function bound<First>(start: (first: First, second: CallOptions | undefined) => unknown): BoundMethod {
  return (first, second) => start(first as First, second as CallOptions | undefined) as never;
}

/** Options come last: what stands before them is requests, also when it cannot be, which the call then fails with. */
function areRequests<T>(
  first: AnyIterable<T> | CallOptions | undefined,
  second: CallOptions | undefined,
): first is AnyIterable<T> {
  return isIterable(first) || (second !== undefined && first !== undefined && first !== null);
}
