import type { DescMethod, DescService } from "@bufbuild/protobuf";
import type { Spec } from "../call/spec.js";
import { checkOption, checkOptions, type Elsewhere } from "../check-options.js";
import { ConnectError } from "../error/connect-error.js";
import type { Awaitable } from "../http/awaitable.js";
import { connectOnly, handlerRules } from "./option-rules.js";
import type { ContextHandlerOptions, HandlerContext, HandlerOptions, ServiceHandler } from "./types.js";

/** A handler's function, of whatever kind its RPC is. */
export type Implementation = (request: never, context: HandlerContext) => unknown;

/** An RPC of a service, ready to be mounted. */
export interface ServiceMethod {
  readonly spec: Spec;
  readonly implementation: Implementation;
  readonly options: HandlerOptions & Partial<Pick<ContextHandlerOptions<HandlerContext>, "context">>;
}

const serverOptions: Elsewhere = [
  "handlers port host socketPath tls fallback",
  "give it to the server: serve({ ... }), nodeHandler() or fetchHandler()",
];

/** A `DescService`. To compare those of generated code with all of it costs the type checker 56 instantiations for a service. */
export type ServiceDescriptor = Pick<DescService, "kind" | "typeName">;

/** A service whose descriptor is imported when somebody asks for it. */
export interface ServiceReference {
  readonly typeName: string;
  /** Gives its `DescService`. */
  readonly load: () => Promise<object>;
}

/**
 * Makes a service to mount out of an implementation. Generated code calls it with its own specs.
 *
 * @throws TypeError when the implementation lacks a method
 * @throws TypeError or RangeError for an unknown option or a bad value
 */
export function createServiceHandler(
  service: ServiceDescriptor | ServiceReference,
  specs: { readonly [method: string]: Spec },
  implementation: object,
  options: ServiceMethod["options"] = {},
): ServiceHandler {
  const { typeName } = service;
  checkOption(`the implementation of ${typeName}`, implementation, "object");
  const given = checkOptions(
    `the handler of ${typeName}`,
    options,
    { ...handlerRules, context: "function" },
    serverOptions,
    connectOnly,
  );
  const descriptor = "load" in service ? imported(service) : () => service as DescService;
  const described = "load" in service ? importing(descriptor) : describing(service as DescService);
  const methods = new Map<string, ServiceMethod>();
  for (const [name, bare] of Object.entries(specs)) {
    const member = (implementation as { readonly [name: string]: unknown })[name];
    if (typeof member !== "function") {
      throw new TypeError(`the implementation of ${typeName} has no method "${name}"`);
    }
    methods.set(bare.procedure, {
      spec: { ...bare, ...described(bare) },
      implementation: (member as Implementation).bind(implementation),
      options: given,
    });
  }
  return { typeName, descriptor, specs: Array.from(methods.values(), ({ spec }) => spec), methods };
}

/** Imports a descriptor once. An import that failed is tried again when somebody asks again. */
function imported({ load }: ServiceReference): () => Awaitable<DescService> {
  let known: Awaitable<DescService> | undefined;
  const loaded = (service: object): DescService => {
    known = service as DescService;
    return known;
  };
  const failed = (error: unknown): never => {
    known = undefined;
    throw error;
  };
  return () => {
    known ??= load().then(loaded, failed);
    return known;
  };
}

type Described = (spec: Spec) => Pick<Spec, "schema" | "importSchema">;

function describing({ methods }: DescService): Described {
  const byName = new Map<string, DescMethod>(methods.map((method) => [method.name, method]));
  return (spec) => {
    const schema = byName.get(nameOf(spec));
    return schema === undefined ? {} : { schema };
  };
}

function importing(descriptor: () => Awaitable<DescService>): Described {
  return (spec) => ({
    async importSchema() {
      const { methods } = await descriptor();
      return methods.find(({ name }) => name === nameOf(spec)) as DescMethod;
    },
  });
}

function nameOf({ procedure }: Spec): string {
  return procedure.slice(procedure.lastIndexOf("/") + 1);
}

/** What an RPC that nobody implemented answers. @throws ConnectError `unimplemented`, always */
export function unimplemented(spec: Spec): never {
  throw new ConnectError("unimplemented", `${spec.procedure.slice(1).replace("/", ".")} is not implemented`);
}
