import type { IncomingMessage, ServerResponse } from "node:http";
import type { HeaderMap } from "../http/header-map.js";
import type { HttpRequestSink, HttpServerStream } from "../http/http-server.js";
import { consumedHint, lostFailure, stalledMessage } from "./failure.js";
import { lingerAfterResponse } from "./linger.js";
import type { ServerCalls } from "./server-calls.js";
import type { Stallable } from "./stall-watch.js";

type OwnedRequest = IncomingMessage & { exchange: H1ServerStream };
type OwnedResponse = ServerResponse & { exchange: H1ServerStream };

/** The server's side of an HTTP/1.1 exchange; also of one over an HTTP/2 compatibility object, where nothing better is to be had. */
export class H1ServerStream implements HttpServerStream, Stallable {
  readonly request: OwnedRequest;
  readonly response: OwnedResponse;
  readonly calls: ServerCalls;
  sink: HttpRequestSink | undefined;
  reading: boolean;
  received: boolean;
  ended: boolean;
  broken: boolean;

  constructor(request: IncomingMessage, response: ServerResponse, calls: ServerCalls) {
    this.request = request as OwnedRequest;
    this.response = response as OwnedResponse;
    this.request.exchange = this;
    this.response.exchange = this;
    this.calls = calls;
    this.sink = undefined;
    this.reading = false;
    this.received = false;
    this.ended = false;
    this.broken = false;
  }

  /** The router took the request on. Until now nobody listens, so that the request can go to a fallback. Called in the tick that made this object. */
  start(sink: HttpRequestSink): void {
    const { request, response } = this;
    this.sink = sink;
    this.calls.opened();
    request.on("error", ignore);
    response.on("error", ignore);
    response.on("drain", onDrain);
    response.on("close", onClose);
  }

  head(status: number, headers: HeaderMap): void {
    if (this.ended || this.response.headersSent || this.response.destroyed) return;
    this.writeHead(status, headers, undefined);
    this.response.flushHeaders();
  }

  write(bytes: Uint8Array): boolean {
    if (this.ended || this.response.destroyed) return true;
    const free = this.response.write(bytes);
    if (!free) this.calls.stalls.add(this);
    return free;
  }

  end(bytes?: Uint8Array, trailers?: HeaderMap): void {
    if (this.ended) return;
    this.ended = true;
    if (this.response.destroyed) return;
    if (trailers !== undefined) this.response.addTrailers(pairs(trailers));
    this.response.end(bytes);
    this.afterEnd();
  }

  respond(status: number, headers: HeaderMap, body?: Uint8Array, trailers?: HeaderMap): void {
    if (this.ended) return;
    this.ended = true;
    const { response } = this;
    if (response.destroyed) return;
    // With trailers the body has to be chunked (RFC 9112 section 7.1.2).
    const length = trailers === undefined ? (body?.byteLength ?? 0) : undefined;
    this.writeHead(status, headers, length);
    if (trailers !== undefined) response.addTrailers(pairs(trailers));
    response.end(body);
    this.afterEnd();
  }

  reset(): void {
    this.ended = true;
    this.broken = true;
    this.response.destroy();
    this.request.destroy();
  }

  pause(): void {
    this.request.pause();
  }

  resume(): void {
    const { request } = this;
    if (!this.reading) {
      this.reading = true;
      if (isConsumed(request)) {
        queueMicrotask(() => this.failConsumed());
        return;
      }
      // Somebody has waited for the end of a request without a body, and it comes only once.
      if (request.readableEnded) queueMicrotask(onEnd.bind(request));
      request.on("data", onData);
      request.on("end", onEnd);
    }
    request.resume();
  }

  writeHead(status: number, headers: HeaderMap, length: number | undefined): void {
    const { response } = this;
    const list = headers.list.slice();
    // Statuses without a body (RFC 9110 section 15.4.5) have no length of one.
    if (length !== undefined && status !== 204 && status !== 304 && !headers.has("content-length"))
      list.push("content-length", String(length));
    // The rest of the request stands between this response and the next request.
    if (this.calls.draining || (this.ended && !this.isReceived())) list.push("connection", "close");
    // A list of names and values in turn drops what middleware has set: Node takes it as all headers.
    if (response.getHeaderNames().length === 0) {
      response.writeHead(status, list);
      return;
    }
    for (const name of new Set(headers.names())) response.removeHeader(name);
    response.statusCode = status;
    for (let i = 0; i < list.length; i += 2) response.appendHeader(list[i] as string, list[i + 1] as string);
  }

  failConsumed(): void {
    if (this.broken) return;
    this.received = true;
    this.sink?.error({ reason: "unsupported", message: consumedHint });
  }

  isReceived(): boolean {
    return this.received || this.request.complete || !hasBody(this.request);
  }

  afterEnd(): void {
    const { request, response } = this;
    if (response.writableLength > 0) this.calls.stalls.add(this);
    if (this.isReceived()) {
      // What nobody read of a short request would keep the connection from its next one.
      if (!this.reading) request.resume();
      return;
    }
    this.broken = true;
    lingerAfterResponse(request);
  }

  waiting(): number {
    return this.response.writableLength;
  }

  sent(): number {
    return this.request.socket?.bytesWritten ?? 0;
  }

  stalled(): void {
    if (!this.broken) this.sink?.error(lostFailure(stalledMessage, undefined));
    this.reset();
  }

  onClose(): void {
    const { sink, response } = this;
    this.calls.stalls.remove(this);
    if (sink === undefined) return;
    if (!response.writableFinished && !this.broken) {
      this.broken = true;
      sink.error(lostFailure("the connection was lost", undefined));
    }
    this.broken = true;
    this.sink = undefined;
    this.calls.closed();
    sink.closed();
  }
}

/** RFC 9112 section 6.3: a request without either header has no body. */
function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers["content-length"];
  return headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
}

/** Whether somebody else has read the body, or a part of it: what is gone cannot be served, and waiting for it would never end. */
function isConsumed(request: IncomingMessage): boolean {
  return hasBody(request) && (request.readableDidRead || request.readableEnded || request.readableFlowing === true);
}

function pairs(headers: HeaderMap): [string, string][] {
  const { list } = headers;
  const result: [string, string][] = [];
  for (let i = 0; i < list.length; i += 2) result.push([list[i] as string, list[i + 1] as string]);
  return result;
}

function onData(this: OwnedRequest, chunk: Uint8Array): void {
  const { exchange } = this;
  if (!exchange.broken) exchange.sink?.data(chunk);
}

function onEnd(this: OwnedRequest): void {
  const { exchange } = this;
  exchange.received = true;
  if (!exchange.broken) exchange.sink?.end();
}

function onDrain(this: OwnedResponse): void {
  const { exchange } = this;
  exchange.calls.stalls.remove(exchange);
  if (!exchange.broken) exchange.sink?.drain();
}

function onClose(this: OwnedResponse): void {
  this.exchange.onClose();
}

/** `close` follows. */
function ignore(): void {}
