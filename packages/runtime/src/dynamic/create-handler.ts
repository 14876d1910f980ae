import type { DescMethod, DescService, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { type MemberName, memberName } from "../call/member-name.js";
import type { Spec } from "../call/spec.js";
import { specOf } from "../call/spec-of.js";
import { createServiceHandler, type ServiceMethod, unimplemented } from "../handler/service-handler.js";
import type { ContextHandlerOptions, HandlerContext, HandlerOptions, ServiceHandler } from "../handler/types.js";
import type { Awaitable } from "../http/awaitable.js";

/**
 * An implementation of a service that is known by its descriptor: a method for each RPC, by its
 * {@link memberName}; what it leaves out answers `unimplemented`.
 */
export type DynamicImplementation<Service extends DescService, Context extends HandlerContext = HandlerContext> =
  // A condition that always holds. Within a generic call, TypeScript types no parameters of functions by a mapped type
  // with `as`; those that come out of a condition it resolves first.
  Service extends DescService
    ? {
        readonly [Name in keyof Service["method"] as MemberName<Name>]?: DynamicHandler<
          Service["method"][Name],
          Context
        >;
      }
    : never;

/** A method of a dynamic implementation, by the kind of its RPC. */
export type DynamicHandler<Method extends DescMethod, Context> = DescMethod extends Method
  ? UntypedHandler<Context>
  : TypedHandler<Method, Context>;

/** A handler of an RPC that is known only at run time: it takes and gives what its `methodKind` says. */
export type UntypedHandler<Context = HandlerContext> = (request: never, context: Context) => unknown;

export type TypedHandler<Method extends DescMethod, Context> = {
  unary: (request: MessageShape<Method["input"]>, context: Context) => Awaitable<MessageInitShape<Method["output"]>>;
  server_streaming: (
    request: MessageShape<Method["input"]>,
    context: Context,
  ) => AsyncIterable<MessageInitShape<Method["output"]>>;
  client_streaming: (
    requests: AsyncIterable<MessageShape<Method["input"]>>,
    context: Context,
  ) => Awaitable<MessageInitShape<Method["output"]>>;
  bidi_streaming: (
    requests: AsyncIterable<MessageShape<Method["input"]>>,
    context: Context,
  ) => AsyncIterable<MessageInitShape<Method["output"]>>;
}[Method["methodKind"]];

/** Makes a service to mount from a descriptor, for schemas that are known only at run time. */
export function createHandler<Service extends DescService>(
  service: Service,
  implementation: DynamicImplementation<Service>,
  options?: HandlerOptions,
): ServiceHandler;
export function createHandler<Service extends DescService, Context extends HandlerContext>(
  service: Service,
  implementation: DynamicImplementation<Service, Context>,
  options: ContextHandlerOptions<Context>,
): ServiceHandler;
export function createHandler(
  service: DescService,
  implementation: { readonly [name: string]: unknown },
  options?: ServiceMethod["options"],
): ServiceHandler {
  const specs = new Map<string, Spec>();
  const methods = new Map<string, unknown>();
  for (const method of service.methods) {
    const name = memberName(method);
    const spec = specOf(method) as Spec;
    specs.set(name, spec);
    const member = implementation[name];
    methods.set(name, typeof member === "function" ? member.bind(implementation) : () => unimplemented(spec));
  }
  return createServiceHandler(service, Object.fromEntries(specs), Object.fromEntries(methods), options);
}
