import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Stream } from "node:http2";
import { createRouter, type Router, type RouterOptions } from "../handler/router.js";
import type { ServiceHandler } from "../handler/types.js";
import { gzip } from "./compression.js";
import { dispatchH1, dispatchH2 } from "./dispatch.js";
import { ServerCalls } from "./server-calls.js";

/** A request listener as `node:http`, `node:http2`, Express and connect-style routers know it. */
export type NodeListener = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
  next?: (error?: unknown) => void,
) => void;

/** Options of {@link nodeHandler}. */
export interface NodeHandlerOptions extends RouterOptions {
  /** Gets the requests whose path is none of the services'. Without it they go to `next`, and without that they are answered. */
  readonly fallback?: NodeListener | undefined;
  /** How long a client may take nothing of a response before the call is broken off, in milliseconds. @default 60000 */
  readonly stalledWriterTimeoutMs?: number | undefined;
}

/** What {@link nodeHandler} returns: a listener that knows its paths. */
export interface NodeHandler {
  (
    request: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
    next?: (error?: unknown) => void,
  ): void;
  /** The paths that it answers. */
  readonly paths: readonly string[];
}

/** The handler of a single service with its path: a plain pair, because only those can be spread into `app.use(...)`. */
export type NodeServiceHandler = [path: string, handler: NodeHandler];

/**
 * A listener that serves RPCs on any Node server: `http.createServer`, `https.createServer`, `http2.createServer`,
 * `http2.createSecureServer`, Express and its like. Mount it before any body parser. For a single service it comes with the
 * path to mount it at.
 *
 * @example
 * http.createServer(nodeHandler([elizaHandler], { fallback: app })).listen(8080);
 * app.use(...nodeHandler(elizaHandler));
 */
export function nodeHandler(service: ServiceHandler, options?: NodeHandlerOptions): NodeServiceHandler;
export function nodeHandler(services: readonly ServiceHandler[], options?: NodeHandlerOptions): NodeHandler;
export function nodeHandler(
  services: ServiceHandler | readonly ServiceHandler[],
  options?: NodeHandlerOptions,
): NodeHandler | NodeServiceHandler {
  const router = createRouter(services, { ...options, compressions: options?.compressions ?? [gzip()] });
  const handler = routerListener(router, options);
  return "typeName" in services ? [router.paths[0] as string, handler] : handler;
}

/** @internal */
export function routerListener(router: Router, options: NodeHandlerOptions | undefined): NodeHandler {
  const calls = new ServerCalls(options?.stalledWriterTimeoutMs ?? 60_000);
  const fallback = options?.fallback;
  const { paths } = router;
  const listener: NodeListener = (request, response, next) => {
    // Routers strip the path that they were mounted at from `url`.
    const path = (request as { originalUrl?: string }).originalUrl ?? request.url ?? "";
    const ours = (fallback === undefined && next === undefined) || paths.some((prefix) => path.startsWith(prefix));
    const stream = http2Stream(request);
    const taken =
      stream === undefined
        ? dispatchH1(router, calls, request as IncomingMessage, response as ServerResponse, path, ours)
        : dispatchH2(router, calls, stream, request.headers, request.rawHeaders, path, ours);
    if (taken) return;
    if (fallback !== undefined) fallback(request, response, next);
    else next?.();
  };
  return Object.assign(listener, { paths });
}

/** The stream under a compatibility object of `node:http2`. */
function http2Stream(request: IncomingMessage | Http2ServerRequest): ServerHttp2Stream | undefined {
  return "stream" in request && typeof request.stream?.respond === "function" ? request.stream : undefined;
}
