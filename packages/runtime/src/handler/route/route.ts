import type { HeaderMap, HeaderMapInit } from "../../http/header-map.js";
import type { HttpRequestSink, HttpServerRequest, HttpServerStream } from "../../http/http-server.js";
import type { HandlerExchange, HandlerSetup } from "../../protocol/protocol.js";
import type { ServiceHandler } from "../types.js";

/**
 * Serves other paths beside RPCs: health over HTTP, REST, a page, a gateway. It stands beside services in
 * the lists that `serve`, `nodeHandler`, `fetchHandler` and `createRouter` take. `createRoute` makes one of a function.
 *
 * RPCs come first. Of several routes for a path the exact one is asked first, then those for longer paths, then those that
 * stand first in the list.
 */
export interface Route {
  /** `"/healthz"` is this path alone, `"/docs/*"` what is below `/docs/`, `"/*"` everything; a `pathPrefix` comes before it. Or several of them. */
  readonly path: string | readonly string[];
  /** What it answers; HEAD comes with GET. Requests with other methods are answered with 405. @default all methods */
  readonly methods?: readonly string[] | undefined;
  /**
   * Answers a request by `response`, at once or later. Returning `undefined`, with nothing done, leaves the request to other routes and
   * to the fallback.
   *
   * To HEAD answer as to GET: the body is left out. Whatever is thrown here or by the sink ends with 500,or ends the
   * response when it has begun, and goes to `onRouteError`. The request's body comes to the sink after
   * `response.resume()`. A route may answer without reading it.
   */
  handle(request: HttpServerRequest, response: HttpServerStream, context: RouteContext): HttpRequestSink | undefined;
}

/** What a route knows beside the request. */
export interface RouteContext {
  /** The request's path without the query and without the `pathPrefix`. */
  readonly path: string;
  /** Aborts when the server begins to drain. */
  readonly drainSignal: AbortSignal;
  /** The services that are mounted in the same list; the same array for all requests of a server. */
  readonly services: readonly ServiceHandler[];
  /** Tells `onRouteError`, and ends the request with 500,or ends the response off when it has begun. */
  fail(error: unknown): void;
  /**
   * Runs an RPC for this request, and gives the sink to return from `handle`: for other forms of calls, such as REST, and for
   * services that come and go. The options, interceptors, limits and the draining of the server hold as for what is mounted.
   *
   * @param service - whose RPC it is. It need not be mounted
   * @param procedure - its path: `"/connectrpc.eliza.v1.ElizaService/Say"`
   * @param open - says how the request is read and answered. @default as the server's protocols do
   * @throws TypeError when the service has no such procedure, or for a bad option of the service
   */
  call(service: ServiceHandler, procedure: string, open?: (setup: HandlerSetup) => HandlerExchange): HttpRequestSink;
}

/** A request, as the function of `createRoute` sees it. Its body can be read once, by `bytes()` or piece by piece: `for await (const chunk of request)`. */
export interface RouteRequest extends AsyncIterable<Uint8Array> {
  readonly method: string;
  /** Without the query, and without the server's `pathPrefix`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: HeaderMap;
  /** The request as the adapter has it: the client's address, TLS, the platform's own object. */
  readonly http: HttpServerRequest;
  /** Aborts when the client gives up, or its connection is lost. */
  readonly signal: AbortSignal;
  /** Aborts when the server begins to drain: end long answers then. */
  readonly drainSignal: AbortSignal;
  /** The whole body. Rejects when it is longer than `maxBytes`; the request is then answered with 413. */
  bytes(): Promise<Uint8Array>;
}

/** An answer. */
export interface RouteAnswer {
  /** @default 200 */
  readonly status?: number | undefined;
  /** A `content-type` is added to text (`text/plain; charset=utf-8`) and to bytes (`application/octet-stream`) where there is none. */
  readonly headers?: HeaderMapInit | undefined;
  /** An iterable is sent piece by piece, no faster than the client reads it, and is stopped when the client gives up. */
  readonly body?: string | Uint8Array | AsyncIterable<string | Uint8Array> | undefined;
}
