import { isPromiseLike, quiet } from "../../http/awaitable.js";
import { HeaderMap } from "../../http/header-map.js";
import type { HttpFailure } from "../../http/http-failure.js";
import type { HttpRequestSink, HttpServerRequest, HttpServerStream } from "../../http/http-server.js";
import type { HandlerExchange, HandlerSetup } from "../../protocol/protocol.js";
import { asItSays, refuse } from "../refuse.js";
import { ResponseFilter } from "../response-filter.js";
import { blockExcess } from "../sent-metadata.js";
import type { ServiceHandler } from "../types.js";
import type { Route, RouteContext } from "./route.js";

/** HTTP/2's INTERNAL_ERROR (RFC 9113 section 7). */
const internalErrorCode = 2;

/** Routes have no limits of their own. */
const unlimited = { sendMaxHeaderBytes: Number.POSITIVE_INFINITY, sendMaxHeaderPairs: Number.POSITIVE_INFINITY };

/** What routes share. */
export interface RouteOwner {
  readonly drainSignal: AbortSignal;
  readonly services: readonly ServiceHandler[];
  readonly onError: (error: unknown, request: HttpServerRequest) => void;
  call(
    service: ServiceHandler,
    procedure: string,
    request: HttpServerRequest,
    response: HttpServerStream,
    open: ((setup: HandlerSetup) => HandlerExchange) | undefined,
  ): HttpRequestSink;
}

/** A request that a route answers. Nothing that the route throws goes further than here. */
export class RouteCall implements HttpRequestSink, RouteContext {
  readonly owner: RouteOwner;
  readonly path: string;
  readonly request: HttpServerRequest;
  readonly response: RouteResponse;
  sink: HttpRequestSink | undefined = undefined;
  failed = false;

  constructor(owner: RouteOwner, path: string, request: HttpServerRequest, response: HttpServerStream) {
    this.owner = owner;
    this.path = path;
    this.request = request;
    this.response = new RouteResponse(response, request.method === "HEAD", (block, added) => this.takes(block, added));
  }

  get drainSignal(): AbortSignal {
    return this.owner.drainSignal;
  }

  get services(): readonly ServiceHandler[] {
    return this.owner.services;
  }

  get streaming(): boolean {
    return this.sink?.streaming ?? false;
  }

  /** False when the route leaves the request to others. */
  start(route: Route): boolean {
    try {
      const sink: unknown = route.handle(this.request, this.response, this);
      if (isPromiseLike(sink)) void quiet(sink);
      if (sink !== undefined && !isSink(sink)) {
        throw new TypeError(
          `handle() of the route ${String(route.path)} must return a sink or undefined: use createRoute for functions that return promises`,
        );
      }
      this.sink = sink;
    } catch (error) {
      this.fail(error);
    }
    return this.sink !== undefined || this.response.begun;
  }

  call(service: ServiceHandler, procedure: string, open?: (setup: HandlerSetup) => HandlerExchange): HttpRequestSink {
    return this.owner.call(service, procedure, this.request, this.response, open);
  }

  /** False, and the request fails, when the client takes no such head or trailers. */
  takes(block: HeaderMap | undefined, added: number): boolean {
    // Of a failure that is too large even then, the client sees a reset.
    const most = this.failed ? undefined : this.request.maxResponseHeaderBytes;
    const excess = most === undefined ? undefined : blockExcess(unlimited, most, block, undefined, added);
    if (excess !== undefined) this.fail(excess);
    return excess === undefined;
  }

  fail(error: unknown): void {
    if (this.failed) return;
    this.failed = true;
    try {
      this.owner.onError(error, this.request);
    } catch {
      // A hook that fails must not take the process with it.
    }
    if (!this.response.begun) refuse(this.response, 500, "internal error");
    else this.response.reset(internalErrorCode);
  }

  data(chunk: Uint8Array): void {
    if (this.failed) return;
    try {
      this.sink?.data(chunk);
    } catch (error) {
      this.fail(error);
    }
  }

  end(): void {
    if (this.failed) return;
    try {
      this.sink?.end();
    } catch (error) {
      this.fail(error);
    }
  }

  error(failure: HttpFailure): void {
    try {
      this.sink?.error(failure);
    } catch (error) {
      this.fail(error);
    }
  }

  drain(): void {
    if (this.failed) return;
    try {
      this.sink?.drain();
    } catch (error) {
      this.fail(error);
    }
  }

  closed(): void {
    try {
      this.sink?.closed();
    } catch (error) {
      this.fail(error);
    }
  }
}

function isSink(value: unknown): value is HttpRequestSink {
  return typeof (value as HttpRequestSink | null)?.data === "function";
}

/** A response that knows whether it has begun, and leaves the body out for HEAD (RFC 9110 section 9.3.2). */
class RouteResponse extends ResponseFilter {
  readonly bodiless: boolean;
  readonly takes: (block: HeaderMap | undefined, added: number) => boolean;
  begun = false;

  constructor(
    inner: HttpServerStream,
    bodiless: boolean,
    takes: (block: HeaderMap | undefined, added: number) => boolean,
  ) {
    super(inner);
    this.bodiless = bodiless;
    this.takes = takes;
  }

  override head(status: number, headers: HeaderMap, withoutTrailers?: boolean): void {
    const all = asItSays(new HeaderMap(headers));
    if (!this.takes(all, this.addedHeadBytes)) return;
    this.begun = true;
    this.inner.head(status, all, withoutTrailers === true || this.bodiless);
  }

  override write(bytes: Uint8Array): boolean {
    return this.bodiless || this.inner.write(bytes);
  }

  override end(bytes?: Uint8Array, trailers?: HeaderMap): void {
    if (this.bodiless) this.inner.end();
    else if (this.takes(trailers, 0)) this.inner.end(bytes, trailers);
  }

  override respond(status: number, headers: HeaderMap, body?: Uint8Array, trailers?: HeaderMap): void {
    const all = asItSays(new HeaderMap(headers));
    if (this.bodiless && !all.has("content-length")) all.set("content-length", String(body?.byteLength ?? 0));
    if (!this.takes(all, this.addedHeadBytes) || !this.takes(trailers, 0)) return;
    this.begun = true;
    if (!this.bodiless) {
      this.inner.respond(status, all, body, trailers);
      return;
    }
    this.inner.respond(status, all);
  }

  override reset(code: number): void {
    this.begun = true;
    this.inner.reset(code);
  }
}
