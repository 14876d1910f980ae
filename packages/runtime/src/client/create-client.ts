import type { DescMethod, DescService, Message, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { specOf } from "../call/spec-of.js";
import { type BoundClient, bindClient } from "./bind-client.js";
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

/** A client made from a descriptor: a method for each RPC, by its local name. */
export type DynamicClient<Service extends DescService> = {
  readonly [Name in keyof Service["method"]]: DynamicMethod<Service["method"][Name]>;
};

type Init<Method extends DescMethod> = MessageInitShape<Method["input"]>;
type Output<Method extends DescMethod> = MessageShape<Method["output"]>;

/** A method of a dynamic client, by the kind of its RPC. */
export type DynamicMethod<Method extends DescMethod> = DescMethod extends Method ? UntypedMethod : TypedMethod<Method>;

/** A method of a service that is known only at run time: its `methodKind` tells what it takes and gives. */
export type UntypedMethod = (
  request?: unknown,
  options?: CallOptions,
) => UnaryCall<Message> | ServerStream<Message> | ClientStream<unknown, Message> | BidiStream<unknown, Message>;

export type TypedMethod<Method extends DescMethod> = {
  unary: (request: Init<Method>, options?: CallOptions) => UnaryCall<Output<Method>>;
  server_streaming: (request: Init<Method>, options?: CallOptions) => ServerStream<Output<Method>>;
  client_streaming: {
    (requests: AnyIterable<Init<Method>>, options?: CallOptions): UnaryCall<Output<Method>>;
    (options?: CallOptions): ClientStream<Init<Method>, Output<Method>>;
  };
  bidi_streaming: {
    (requests: AnyIterable<Init<Method>>, options?: CallOptions): ServerStream<Output<Method>>;
    (options?: CallOptions): BidiStream<Init<Method>, Output<Method>>;
  };
}[Method["methodKind"]];

/**
 * Makes a client of a service that is known by its descriptor, such as one from a registry or from
 * reflection. Generated clients cost the type checker less; use this for gateways and tools.
 *
 * @example
 * const service = registry.getService("ping.v1.PingService");
 * const client = createClient(service, transport);
 * const reply = await client["ping"]?.({ text: "hi" });
 */
export function createClient<Service extends DescService>(
  service: Service,
  transport: Transport,
  options?: ClientOptions,
): DynamicClient<Service> {
  const bound = bindClient(transport, options);
  // Without a prototype: names come from a schema.
  const client = Object.create(null) as { [name: string]: unknown };
  for (const [name, method] of Object.entries(service.method)) client[name] = bind(bound, method);
  return client as DynamicClient<Service>;
}

function bind(bound: BoundClient, method: DescMethod): unknown {
  const spec = specOf(method);
  switch (method.methodKind) {
    case "unary":
      return bound.unary(spec as never);
    case "server_streaming":
      return bound.serverStreaming(spec as never);
    case "client_streaming":
      return bound.clientStreaming(spec as never);
    case "bidi_streaming":
      return bound.bidiStreaming(spec as never);
  }
}
