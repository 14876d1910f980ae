import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Stream } from "node:http2";
import { checkOptions, milliseconds, type RulesFor, whole } from "../../check-options.js";
import { ServiceMount, type Stripped, targetPath } from "../../handler/mount.js";
import { connectOnly, serviceOnly } from "../../handler/option-rules.js";
import type { Route } from "../../handler/route/route.js";
import { isService, makeRouter, type Router, type RouterOptions, routerRules } from "../../handler/router.js";
import type { ServiceHandler } from "../../handler/types.js";
import { orGzip } from "../compression.js";
import { ServerCalls } from "./calls.js";
import { dispatchH1, dispatchH2 } from "./dispatch.js";
import { admit } from "./pipeline.js";

/** A request listener as `node:http`, `node:http2`, Express and connect-style routers know it. */
export type NodeListener = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
  next?: (error?: unknown) => void,
) => void;

/** Options of {@link nodeHandler}. */
export interface NodeHandlerOptions extends RouterOptions {
  /** Gets the requests that no service and no route handles. Without it they go to `next`; without `next` they are answered with 404. */
  readonly fallback?: NodeListener | undefined;
  /** How long a client may read no response bytes before the call is ended, in milliseconds from 1 to 2147483647. @default 60000 */
  readonly stalledWriterTimeoutMs?: number | undefined;
  /** As the option of `serve()`. @default 60000 */
  readonly requestIdleTimeoutMs?: number | undefined;
  /** As the option of `serve()`, in bytes a second. @default 0 */
  readonly requestMinBytesPerSecond?: number | undefined;
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

const rules: RulesFor<NodeHandlerOptions> = {
  ...routerRules,
  fallback: "function",
  stalledWriterTimeoutMs: milliseconds(1),
  requestIdleTimeoutMs: milliseconds(1, Number.POSITIVE_INFINITY),
  requestMinBytesPerSecond: whole("number of bytes a second", 0, 0x7fff_ffff),
};

/**
 * A listener that serves RPCs on any Node server: `http.createServer`, `https.createServer`, `http2.createServer`,
 * `http2.createSecureServer`, Express and its like. Mount it before any body parser. For a single service it comes with the
 * path to mount it at.
 *
 * @example
 * http.createServer(nodeHandler([elizaHandler], { fallback: app })).listen(8080);
 * app.use(...nodeHandler(elizaHandler));
 *
 * @throws TypeError or RangeError for an unknown option or a bad value
 */
export function nodeHandler(service: ServiceHandler, options?: NodeHandlerOptions): NodeServiceHandler;
export function nodeHandler(handlers: readonly (ServiceHandler | Route)[], options?: NodeHandlerOptions): NodeHandler;
export function nodeHandler(
  handlers: ServiceHandler | readonly (ServiceHandler | Route)[],
  options: NodeHandlerOptions = {},
): NodeHandler | NodeServiceHandler {
  const given = checkOptions("nodeHandler", options, rules, serviceOnly, connectOnly);
  const router = makeRouter(handlers, { ...given, compressions: orGzip(given.compressions) });
  if (!isService(handlers)) return routerListener(router, given);
  const path = router.paths[0] as string;
  return [path, routerListener(router, given, new ServiceMount(path.slice(0, -1), handlers.methods.keys()))];
}

/** @internal */
export function routerListener(
  router: Router,
  options: NodeHandlerOptions | undefined,
  mount?: ServiceMount,
): NodeHandler {
  const calls = new ServerCalls(options ?? {});
  const fallback = options?.fallback;
  const listener: NodeListener = (request, response, next) => {
    if (request?.rawHeaders === undefined) {
      throw new TypeError(
        "nodeHandler was called without a request of node:http: hosts that pass a Request take fetchHandler of @connect-ts/runtime/fetch",
      );
    }
    const stream = http2Stream(request);
    const here =
      stream === undefined ? admit(request as IncomingMessage, response as ServerResponse) : !stream.destroyed;
    // The client has left while other middleware had its request.
    if (!here) return;
    const { url: target = "" } = request;
    const host = request as Stripped;
    const url = stream === undefined ? targetPath(target) : target;
    const path = mount === undefined ? url : mount.restore(url, host);
    const ours = (fallback === undefined && next === undefined) || router.owns(path);
    const base = baseOf(host, path.length - url.length);
    const taken =
      stream === undefined
        ? dispatchH1(router, calls, request as IncomingMessage, response as ServerResponse, path, base, ours)
        : dispatchH2(
            router,
            calls,
            stream,
            request.headers,
            request.rawHeaders,
            path,
            base,
            ours,
            response as Http2ServerResponse,
          );
    if (taken) return;
    if (fallback !== undefined) fallback(request, response, next);
    else next?.();
  };
  return Object.assign(listener, { paths: router.paths });
}

/** What the host took off the path, but for as much as was put back. */
function baseOf({ baseUrl }: Stripped, restored: number): string {
  return typeof baseUrl === "string" ? baseUrl.slice(0, baseUrl.length - restored) : "";
}

/** The stream under a compatibility object of `node:http2`. */
function http2Stream(request: IncomingMessage | Http2ServerRequest): ServerHttp2Stream | undefined {
  return "stream" in request && typeof request.stream?.respond === "function" ? request.stream : undefined;
}
