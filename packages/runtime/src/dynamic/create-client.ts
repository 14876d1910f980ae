import type { DescMethod, DescService, Message, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { type MemberName, memberName } from "../call/member-name.js";
import { specOf } from "../call/spec-of.js";
import { type BoundClient, bindClient } from "../client/bind-client.js";
import type { Transport } from "../client/transport.js";
import type {
  AnyIterable,
  BidiStream,
  CallOptions,
  ClientOptions,
  ClientStream,
  ServerStream,
  UnaryCall,
} from "../client/types.js";
import { useJsonReflection } from "../message/json-reflection.js";

/** A client made from a descriptor: a method for each RPC, by its {@link memberName}. */
export type DynamicClient<Service extends DescService> = {
  readonly [Name in keyof Service["method"] as MemberName<Name>]: DynamicMethod<Service["method"][Name]>;
};

/** A method of a dynamic client, by the kind of its RPC. */
export type DynamicMethod<Method extends DescMethod> = DescMethod extends Method ? UntypedMethod : TypedMethod<Method>;

/** A method of a service that is known only at run time: its `methodKind` tells what it takes and gives. */
export type UntypedMethod = (
  request?: unknown,
  options?: CallOptions,
) => UnaryCall<Message> | ServerStream<Message> | ClientStream<unknown, Message> | BidiStream<unknown, Message>;

export type TypedMethod<Method extends DescMethod> = {
  unary: (
    request: MessageInitShape<Method["input"]>,
    options?: CallOptions,
  ) => UnaryCall<MessageShape<Method["output"]>>;
  server_streaming: (
    request: MessageInitShape<Method["input"]>,
    options?: CallOptions,
  ) => ServerStream<MessageShape<Method["output"]>>;
  client_streaming: {
    (
      requests: AnyIterable<MessageInitShape<Method["input"]>>,
      options?: CallOptions,
    ): UnaryCall<MessageShape<Method["output"]>>;
    (options?: CallOptions): ClientStream<MessageInitShape<Method["input"]>, MessageShape<Method["output"]>>;
  };
  bidi_streaming: {
    (
      requests: AnyIterable<MessageInitShape<Method["input"]>>,
      options?: CallOptions,
    ): ServerStream<MessageShape<Method["output"]>>;
    (options?: CallOptions): BidiStream<MessageInitShape<Method["input"]>, MessageShape<Method["output"]>>;
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
  useJsonReflection();
  const bound = bindClient(transport, options);
  // Without a prototype: names come from a schema.
  const client = Object.create(null) as { [name: string]: unknown };
  for (const method of service.methods) client[memberName(method)] = bind(bound, method);
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
