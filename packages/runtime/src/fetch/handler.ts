import { checkOptions, type RulesFor, show } from "../check-options.js";
import type { Compression } from "../framing/compression.js";
import { ServiceMount } from "../handler/mount.js";
import { connectOnly, serviceOnly } from "../handler/option-rules.js";
import type { Route } from "../handler/route/route.js";
import { isService, makeRouter, type Router, type RouterOptions, routerRules } from "../handler/router.js";
import type { ServiceHandler } from "../handler/types.js";
import type { Awaitable } from "../http/awaitable.js";
import { gzip } from "./compression.js";
import { FetchServerRequest, type HostFacts } from "./server-request.js";
import { FetchServerStream } from "./server-stream.js";

/** Options of {@link fetchHandler}. `Platform` is what the host passes beside the request: Deno's info, workerd's env and context. */
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

/**
 * The handler of a single service with its path, for a host that mounts it there. It takes whole paths, and `/Method`, which is
 * what hosts leave that take off the path of a mount, as Hono's `app.mount` does.
 */
export type FetchServiceHandler<Platform extends readonly unknown[] = readonly unknown[]> = [
  path: string,
  handler: FetchHandler<Platform>,
];

const rules: RulesFor<FetchHandlerOptions> = {
  ...routerRules,
  fallback: "function",
  address: "function",
  fullDuplex: "boolean",
};

/**
 * Serves services to anything that speaks Request and Response. Connect and gRPC-Web, all kinds of RPCs; gRPC needs
 * trailers, which a Response has not, and is answered with `unimplemented`.
 *
 * @throws TypeError when a service is given twice, or `pathPrefix` is not a path
 *
 * @example
 * export default { fetch: fetchHandler([elizaHandler]) };
 * app.mount(...fetchHandler(elizaHandler)); // Hono
 * export const POST = fetchHandler([elizaHandler], { pathPrefix: "/api" }); // Next.js, app/api/[...rpc]/route.ts
 */
export function fetchHandler<Platform extends readonly unknown[] = readonly unknown[]>(
  service: ServiceHandler,
  options?: FetchHandlerOptions<Platform>,
): FetchServiceHandler<Platform>;
export function fetchHandler<Platform extends readonly unknown[] = readonly unknown[]>(
  handlers: readonly (ServiceHandler | Route)[],
  options?: FetchHandlerOptions<Platform>,
): FetchHandler<Platform>;
export function fetchHandler<Platform extends readonly unknown[]>(
  handlers: ServiceHandler | readonly (ServiceHandler | Route)[],
  options: FetchHandlerOptions<Platform> = {},
): FetchHandler<Platform> | FetchServiceHandler<Platform> {
  const router = checkedRouter("fetchHandler", handlers, options);
  if (!isService(handlers)) return routerHandler(router, options);
  const path = router.paths[0] as string;
  return [path, routerHandler(router, options, new ServiceMount(path.slice(0, -1), handlers.methods.keys()))];
}

/**
 * A `fetchHandler` for a host that ends what takes too long.
 *
 * @internal
 * @param owner - the name that errors about options have
 * @param timeLeft - how long a call may take, in milliseconds
 */
export function limitedFetchHandler<Platform extends readonly unknown[]>(
  owner: string,
  handlers: readonly (ServiceHandler | Route)[],
  options: FetchHandlerOptions<Platform>,
  timeLeft: (...platform: Platform) => number | undefined,
): FetchHandler<Platform> {
  return routerHandler(checkedRouter(owner, handlers, options), options, undefined, timeLeft);
}

function checkedRouter<Platform extends readonly unknown[]>(
  owner: string,
  handlers: ServiceHandler | readonly (ServiceHandler | Route)[],
  options: FetchHandlerOptions<Platform>,
): Router {
  const given = checkOptions<FetchHandlerOptions>(
    owner,
    options as FetchHandlerOptions,
    rules,
    serviceOnly,
    connectOnly,
  );
  return makeRouter(handlers, { ...given, compressions: given.compressions ?? platformGzip() });
}

/** Every client of gRPC and Connect may send gzip. A platform without it is left without. */
function platformGzip(): Compression[] {
  try {
    return [gzip()];
  } catch {
    return [];
  }
}

/** @internal */
export function routerHandler<Platform extends readonly unknown[]>(
  router: Router,
  options: Omit<FetchHandlerOptions<Platform>, keyof RouterOptions>,
  mount?: ServiceMount,
  timeLeft?: (...platform: Platform) => number | undefined,
): FetchHandler<Platform> {
  const { fallback } = options;
  const facts: HostFacts = {
    timeLeft: timeLeft as HostFacts["timeLeft"],
    fullDuplex: options.fullDuplex ?? true,
    address: options.address as HostFacts["address"],
  };
  // Whatever goes wrong here rejects the promise, where hosts look for it.
  const handler = async (request: Request, ...platform: Platform): Promise<Response> => {
    if (typeof request?.headers?.forEach !== "function") throw new TypeError(noRequest(request));
    const head = new FetchServerRequest(request, facts, platform, mount);
    const stream = new FetchServerStream(request);
    const sink = router.handle(head, stream);
    if (sink === undefined && fallback !== undefined) return fallback(request, ...platform);
    stream.attach(sink ?? router.notFound(head, stream));
    return stream.response;
  };
  return Object.assign(handler, { paths: router.paths });
}

/** What is wrong with the argument of a handler: hosts differ in what they call handlers with. */
function noRequest(given: unknown): string {
  const { rawHeaders, request } = Object(given) as { readonly rawHeaders?: unknown; readonly request?: unknown };
  const hint =
    rawHeaders !== undefined
      ? "a server of node:http takes nodeHandler of @connect-ts/runtime/node"
      : request !== undefined
        ? "what it was given has one, so call it with that: ({ request }) => handler(request)"
        : `it was given ${show(given)}`;
  return `a handler of fetchHandler takes a Request: ${hint}`;
}
