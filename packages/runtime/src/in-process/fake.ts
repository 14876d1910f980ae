import { checkOption } from "../check-options.js";
import type { Transport } from "../client/transport.js";
import type { ClientOptions } from "../client/types.js";
import { ConnectError } from "../error/connect-error.js";
import type { ServiceHandler } from "../handler/types.js";
import { createInProcessTransport } from "./transport.js";

/** Some methods of a service: functions and generators as its handler has them. `& object` keeps `Handler` from being guessed from them. */
export type FakeMethods<Handler extends object> = Partial<Handler & object>;

/**
 * A service with some of its methods, for tests: give it to `createInProcessTransport`, `fetchHandler` or `serve`.
 *
 * @param createHandler - `createXxxHandler` of generated code
 * @param methods - what answers, by the names of the RPCs; a thrown `ConnectError` is what the caller gets
 * @param otherwise - a handler of the same service for all other methods; with `"absent"` the service does not have them, so that a
 *   server's fallback and tools such as MSW leave their requests to the network. @default they fail with `unimplemented`
 *
 * @throws TypeError for a method that the service does not have, and when `otherwise` is another service
 *
 * @example
 * const eliza = fakeService(createElizaServiceHandler, { say: () => ({ sentence: "hi" }) }, elizaHandler);
 */
export function fakeService<Handler extends object>(
  createHandler: (implementation: Handler) => ServiceHandler,
  methods: FakeMethods<Handler>,
  otherwise?: ServiceHandler | "absent",
): ServiceHandler {
  checkOption("the methods of a fake", methods, "object");
  const names: string[] = [];
  // The factory asks for each of its methods by name, once.
  const fake = createHandler(
    new Proxy(methods as unknown as Handler, {
      get(target, name) {
        names.push(String(name));
        const method = Reflect.get(target, name) as unknown;
        return typeof method === "function" ? method.bind(target) : notFaked;
      },
    }),
  );
  const { typeName, descriptor, specs } = fake;
  const unknown = Object.entries(methods).find(([name, value]) => typeof value === "function" && !names.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`the fake of ${typeName} has "${unknown[0]}", and the service has ${names.join(", ")}`);
  }
  if (otherwise === undefined) return fake;
  const others = otherwise === "absent" ? undefined : otherwise;
  if (others !== undefined && others.typeName !== typeName) {
    throw new TypeError(
      `the fake of ${typeName} was given ${String(others.typeName ?? others)} for its other methods, where a handler of the service or "absent" is expected`,
    );
  }
  const both = new Map<string, unknown>();
  for (const [index, [procedure, method]] of [...fake.methods].entries()) {
    const given = (methods as { readonly [name: string]: unknown })[names[index] as string];
    const chosen = given === undefined ? others?.methods.get(procedure) : method;
    if (chosen !== undefined) both.set(procedure, chosen);
  }
  return { typeName, descriptor, specs: specs.filter(({ procedure }) => both.has(procedure)), methods: both };
}

/**
 * A client for tests, from functions and generators. Its calls are real ones, in this process: they are serialised, can be canceled and have
 * deadlines, headers and errors.
 *
 * @param createClient - `createXxxClient` of generated code
 * @param createHandler - `createXxxHandler` of generated code
 * @param methods - what answers, by the names of the RPCs; others fail with `unimplemented`
 *
 * @throws TypeError for a method that the service does not have
 *
 * @example
 * const eliza = fakeClient(createElizaServiceClient, createElizaServiceHandler, { say: () => ({ sentence: "hi" }) });
 */
export function fakeClient<Client, Handler extends object>(
  createClient: (transport: Transport, options?: ClientOptions) => Client,
  createHandler: (implementation: Handler) => ServiceHandler,
  methods: FakeMethods<Handler>,
  options?: ClientOptions,
): Client {
  return createClient(createInProcessTransport(fakeService(createHandler, methods)), options);
}

function notFaked(_request: unknown, { spec }: { readonly spec: { readonly procedure: string } }): never {
  throw new ConnectError("unimplemented", `the fake has no method for ${spec.procedure}`);
}
