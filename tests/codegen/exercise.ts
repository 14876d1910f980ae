import { type Code, ConnectError, type ServiceHandler, type Spec, type Transport } from "@connect-ts/runtime";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";

/** The exports of a generated `_connect` module. */
export type GeneratedModule = { readonly [name: string]: unknown };

type Method = (...parameters: unknown[]) => Promise<unknown> & AsyncIterable<unknown>;
type Client = { readonly [member: string]: Method };
type Implementation = { [member: string]: (request: unknown) => unknown };

/**
 * Calls every RPC of every service in generated modules, in this process: of a handler that implements
 * nothing, and of one that answers with an empty message. Returns what went as it should not.
 */
export async function exercise(modules: readonly GeneratedModule[]): Promise<{ rpcs: number; problems: string[] }> {
  const problems: string[] = [];
  let rpcs = 0;
  for (const module of modules) {
    for (const name of Object.keys(module)) {
      const service = /^create(.+)Handler$/.exec(name)?.[1];
      if (service !== undefined && module[`create${service}Client`] !== undefined) {
        rpcs += await exerciseService(module, service, problems);
      }
    }
  }
  return { rpcs, problems };
}

async function exerciseService(module: GeneratedModule, service: string, problems: string[]): Promise<number> {
  const createHandler = module[`create${service}Handler`] as (implementation: object) => ServiceHandler;
  const createClient = module[`create${service}Client`] as (transport: Transport) => Client;
  const Unimplemented = module[`Unimplemented${service}Handler`] as new () => object;

  const unimplemented = createHandler(new Unimplemented());
  const specs = specsOf(module, unimplemented);
  const client = createClient(createInProcessTransport(unimplemented));
  // Typed as a promise, so that it may be awaited: a client whose schema has an rpc "then" must not be one.
  if ((await (client as unknown as Promise<unknown>)) !== client) {
    problems.push(`${unimplemented.typeName}: awaiting the client gives something else`);
  }
  const implementation: Implementation = {};
  for (const [member, spec] of Object.entries(specs)) {
    const expected = `${spec.procedure.slice(1).replace("/", ".")} is not implemented`;
    const outcome = await outcomeOf(client, member, spec);
    if (outcome !== `unimplemented: ${expected}`) {
      problems.push(`${spec.procedure}: ${outcome}`);
    }
    implementation[member] = spec.kind === "unary" || spec.kind === "client_streaming" ? answer : answers;
  }

  const answering = createClient(createInProcessTransport(createHandler(implementation)));
  for (const [member, spec] of Object.entries(specs)) {
    const outcome = await outcomeOf(answering, member, spec);
    if (outcome !== `1 ${spec.output.typeName}`) {
      problems.push(`${spec.procedure}: ${outcome}`);
    }
  }
  return Object.keys(specs).length;
}

/** What every message can be made from: the required fields among the schemas. */
const init = { needed: "given", required: "given" };

async function answer(): Promise<object> {
  return init;
}

async function* answers(): AsyncGenerator<object> {
  yield init;
}

/** The specs that a handler was made with. */
function specsOf(module: GeneratedModule, handler: ServiceHandler): { readonly [member: string]: Spec } {
  const procedures = JSON.stringify(handler.specs.map(({ procedure }) => procedure));
  for (const [name, value] of Object.entries(module)) {
    const specs = value as { readonly [member: string]: Spec };
    if (/Specs(\$\d*)?$/.test(name) && JSON.stringify(Object.values(specs).map((s) => s.procedure)) === procedures) {
      return specs;
    }
  }
  throw new Error(`${handler.typeName} has no specs`);
}

async function outcomeOf(client: Client, member: string, spec: Spec): Promise<string> {
  try {
    const request = spec.kind === "unary" || spec.kind === "server_streaming" ? init : [init];
    const call = client[member]?.(request);
    const messages: unknown[] = [];
    if (spec.kind === "unary" || spec.kind === "client_streaming") {
      messages.push(await call);
    } else {
      for await (const message of call ?? []) {
        messages.push(message);
      }
    }
    return `${messages.length} ${(messages[0] as { $typeName: string }).$typeName}`;
  } catch (error) {
    const { code, rawMessage } = ConnectError.from(error) as { code: Code; rawMessage: string };
    return `${code}: ${rawMessage}`;
  }
}
