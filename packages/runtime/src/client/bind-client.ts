// A file of its own: it brings all four kinds along, which generated clients do not.
import type { Spec } from "../call/spec.js";
import { type BoundMethod, bindTransport } from "./bind-transport.js";
import { bidiStreamingMethod, clientStreamingMethod, serverStreamingMethod } from "./stream-methods.js";
import type { Transport } from "./transport.js";
import type { ClientOptions } from "./types.js";
import { unaryMethod } from "./unary-method.js";

/** What makes a method of a spec, for each kind of RPC. */
export interface BoundClient {
  unary(spec: Spec): BoundMethod;
  serverStreaming(spec: Spec): BoundMethod;
  clientStreaming(spec: Spec): BoundMethod;
  bidiStreaming(spec: Spec): BoundMethod;
}

/** Makes methods of specs that no generated client has. It brings the code of all four kinds along. */
export function bindClient(transport: Transport, options?: ClientOptions): BoundClient {
  const client = bindTransport(transport, options);
  return {
    unary: (spec) => unaryMethod(client, spec),
    serverStreaming: (spec) => serverStreamingMethod(client, spec),
    clientStreaming: (spec) => clientStreamingMethod(client, spec),
    bidiStreaming: (spec) => bidiStreamingMethod(client, spec),
  };
}
