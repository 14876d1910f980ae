import type { Awaitable } from "../framing/compression.js";
import { createRouter, type Router, type RouterOptions } from "../handler/router.js";
import type { ServiceHandler } from "../handler/types.js";
import { FetchServerExchange } from "./server-exchange.js";
import { FetchServerRequest, type HostFacts } from "./server-request.js";

/** What {@link fetchHandler} can be given. `Platform` is what the host passes beside the request: Deno's info, workerd's env and context. */
export interface FetchHandlerOptions<Platform extends readonly unknown[] = readonly unknown[]> extends RouterOptions {
  /** Answers requests to other paths; their bodies are untouched. @default 404, in the caller's protocol */
  readonly fallback?: ((request: Request, ...platform: Platform) => Awaitable<Response>) | undefined;
  /**
   * The client's address, for `context.peer`, from where the host tells it.
   *
   * @default `""`
   *
   * @example
   * address: (_request, info: Deno.ServeHandlerInfo) => info.remoteAddr.hostname
   */
  readonly address?: ((request: Request, ...platform: Platform) => string | undefined) | undefined;
  /** Whether the host sends the response while the request is still coming. Bun, Deno and workerd do. @default true */
  readonly fullDuplex?: boolean | undefined;
}

/** Answers requests to RPCs: what `fetch` handlers of Bun, Deno, workerd and frameworks are. */
export interface FetchHandler<Platform extends readonly unknown[] = readonly unknown[]> {
  (request: Request, ...platform: Platform): Promise<Response>;
  /** Where the services are: `"/connectrpc.eliza.v1.ElizaService/"`. */
  readonly paths: readonly string[];
}

/** The handler of one service, which is also a pair: `const [path, handler] = fetchHandler(elizaHandler)`. */
export interface FetchServiceHandler<Platform extends readonly unknown[] = readonly unknown[]>
  extends FetchHandler<Platform>,
    Iterable<string | FetchHandler<Platform>> {
  readonly 0: string;
  readonly 1: FetchHandler<Platform>;
}

/**
 * Serves services to anything that speaks Request and Response. Connect and gRPC-Web, all kinds of RPCs; gRPC needs
 * trailers, which a Response has not, and is answered with `unimplemented`.
 *
 * @throws TypeError when a service is given twice
 *
 * @example
 * export default { fetch: fetchHandler([elizaHandler]) };
 */
export function fetchHandler<Platform extends readonly unknown[] = readonly unknown[]>(
  service: ServiceHandler,
  options?: FetchHandlerOptions<Platform>,
): FetchServiceHandler<Platform>;
export function fetchHandler<Platform extends readonly unknown[] = readonly unknown[]>(
  services: readonly ServiceHandler[],
  options?: FetchHandlerOptions<Platform>,
): FetchHandler<Platform>;
export function fetchHandler<Platform extends readonly unknown[]>(
  services: ServiceHandler | readonly ServiceHandler[],
  options: FetchHandlerOptions<Platform> = {},
): FetchHandler<Platform> | FetchServiceHandler<Platform> {
  const handler = routerHandler(createRouter(services, options), options);
  return "typeName" in services ? asPair(handler) : handler;
}

/** @internal */
export function routerHandler<Platform extends readonly unknown[]>(
  router: Router,
  options: Omit<FetchHandlerOptions<Platform>, keyof RouterOptions>,
): FetchHandler<Platform> {
  const { fallback } = options;
  const facts: HostFacts = {
    fullDuplex: options.fullDuplex ?? true,
    address: options.address as HostFacts["address"],
  };
  // Whatever goes wrong here rejects the promise, where hosts look for it.
  const handler = async (request: Request, ...platform: Platform): Promise<Response> => {
    const head = new FetchServerRequest(request, facts, platform);
    const exchange = new FetchServerExchange(request);
    const sink = router.handle(head, exchange);
    if (sink === undefined && fallback !== undefined) return fallback(request, ...platform);
    exchange.attach(sink ?? router.notFound(head, exchange));
    return exchange.response;
  };
  return Object.assign(handler, { paths: router.paths });
}

function asPair<Platform extends readonly unknown[]>(handler: FetchHandler<Platform>): FetchServiceHandler<Platform> {
  const pair = [handler.paths[0] as string, handler] as const;
  return Object.assign(handler, {
    0: pair[0],
    1: pair[1],
    [Symbol.iterator]: () => pair[Symbol.iterator](),
  });
}
