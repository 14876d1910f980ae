import type { DescMethod, DescService } from "@bufbuild/protobuf";
import type { Spec } from "../call/spec.js";
import { ConnectError } from "../error/connect-error.js";
import type { ContextHandlerOptions, HandlerContext, HandlerOptions, ServiceHandler } from "./types.js";

/** A handler's function, of whatever kind its RPC is. */
export type Implementation = (request: never, context: HandlerContext) => unknown;

/** An RPC of a service, ready to be mounted. */
export interface ServiceMethod {
  readonly spec: Spec;
  readonly implementation: Implementation;
  readonly options: HandlerOptions & Partial<Pick<ContextHandlerOptions<HandlerContext>, "context">>;
}

/** A `DescService`. To compare those of generated code with all of it costs the type checker 56 instantiations for a service. */
export type ServiceDescriptor = Pick<DescService, "kind" | "typeName">;

/**
 * Makes a service to mount out of an implementation. Generated code calls it with its own specs.
 *
 * @throws TypeError when the implementation lacks a method
 */
export function createServiceHandler(
  descriptor: ServiceDescriptor,
  specs: { readonly [method: string]: Spec },
  implementation: object,
  options: ServiceMethod["options"] = {},
): ServiceHandler {
  const service = descriptor as DescService;
  const methods = new Map<string, ServiceMethod>();
  const described = new Map<string, DescMethod>(service.methods.map((method) => [method.name, method]));
  for (const [name, bare] of Object.entries(specs)) {
    const member = (implementation as { readonly [name: string]: unknown })[name];
    if (typeof member !== "function") {
      throw new TypeError(`the implementation of ${service.typeName} has no method "${name}"`);
    }
    const schema = described.get(bare.procedure.slice(bare.procedure.lastIndexOf("/") + 1));
    const spec: Spec = schema === undefined ? bare : { ...bare, schema };
    methods.set(spec.procedure, {
      spec,
      implementation: (member as Implementation).bind(implementation),
      options,
    });
  }
  return {
    typeName: service.typeName,
    service,
    specs: Array.from(methods.values(), ({ spec }) => spec),
    methods,
  };
}

/** What an RPC that nobody implemented answers. @throws ConnectError `unimplemented`, always */
export function unimplemented(spec: Spec): never {
  throw new ConnectError("unimplemented", `${spec.procedure.slice(1).replace("/", ".")} is not implemented`);
}
