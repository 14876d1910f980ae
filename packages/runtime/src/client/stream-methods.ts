// A file of its own: it brings the code of interceptors along, which a client without them does not load.
import type { Spec } from "../call/spec.js";
import type { BoundMethod } from "./bind-transport.js";
import type { ClientBinding, ClientCall } from "./client-call.js";
import { failedConn, type HeldConn, openConn } from "./guarded-conn.js";
import { InterceptedConn } from "./intercepted-conn.js";
import { bidiStreaming, clientStreaming, serverStreaming } from "./plain-stream-methods.js";

export function serverStreamingMethod(client: ClientBinding, spec: Spec): BoundMethod {
  return serverStreaming({ ...client, connOf }, spec);
}

export function clientStreamingMethod(client: ClientBinding, spec: Spec): BoundMethod {
  return clientStreaming({ ...client, connOf }, spec);
}

export function bidiStreamingMethod(client: ClientBinding, spec: Spec): BoundMethod {
  return bidiStreaming({ ...client, connOf }, spec);
}

function connOf<I, O>(call: ClientCall<I, O>): HeldConn<I, O> {
  const { interceptors } = call.config.options;
  if (interceptors === undefined || interceptors.length === 0) return openConn(call);
  try {
    return new InterceptedConn(call, interceptors);
  } catch (reason) {
    return failedConn(reason);
  }
}
