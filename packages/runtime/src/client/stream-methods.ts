import type { Spec } from "../call/spec.js";
import type { BoundMethod } from "./bind-transport.js";
import type { ClientBinding } from "./client-call.js";
import { callWithRequests, isIterable, startClientStream, startServerStream, startStream } from "./stream-call.js";
import type { AnyIterable, CallOptions } from "./types.js";

export function serverStreamingMethod(client: ClientBinding, spec: Spec): BoundMethod {
  return bound((request, options) => startServerStream(client, spec, request, options));
}

export function clientStreamingMethod(client: ClientBinding, spec: Spec): BoundMethod {
  return bound((first: AnyIterable<unknown> | CallOptions | undefined, second) =>
    areRequests(first, second)
      ? callWithRequests(client, spec, first, second)
      : startClientStream(client, spec, first ?? second),
  );
}

export function bidiStreamingMethod(client: ClientBinding, spec: Spec): BoundMethod {
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
