import type { IncomingMessage, ServerResponse } from "node:http";
import type { HeaderMap } from "../http/header-map.js";
import type { HttpRequestSink, HttpServerStream } from "../http/http-server.js";
import { lostFailure } from "./failure.js";
import type { ServerCalls } from "./server-calls.js";

type OwnedRequest = IncomingMessage & { exchange: H1ServerStream };
type OwnedResponse = ServerResponse & { exchange: H1ServerStream };

/** How much of an unwanted request is read, so that a client that writes before it reads comes to the answer. */
const discardBytes = 65_536;
/** How long the connection stays for the client to read the answer, in milliseconds. */
const discardMs = 1_000;

/** The server's side of an HTTP/1.1 exchange; also of one over an HTTP/2 compatibility object, where nothing better is to be had. */
export class H1ServerStream implements HttpServerStream {
  readonly request: OwnedRequest;
  readonly response: OwnedResponse;
  readonly calls: ServerCalls;
  sink: HttpRequestSink | undefined;
  reading: boolean;
  received: boolean;
  ended: boolean;
  broken: boolean;
  /** What came of the request after the response was ended. */
  discarded: number;
  /** The response is written whole, and its end is held back. */
  lingering: boolean;

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
    this.discarded = -1;
    this.lingering = false;
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
    if (!free) this.calls.stalls.add(this.response);
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
    if (trailers === undefined && !this.isReceived()) {
      // Node destroys the socket when a response with `Connection: close` ends, and then the client, still writing,
      // may get a reset in place of the response (RFC 9112 section 9.6).
      this.lingering = true;
      if (body === undefined) response.flushHeaders();
      else response.write(body);
    } else response.end(body);
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
    if (!this.isReceived() && this.ended) list.push("connection", "close");
    // A list of names and values in turn drops what middleware has set: Node takes it as all headers.
    if (response.getHeaderNames().length === 0) {
      response.writeHead(status, list);
      return;
    }
    for (const name of new Set(headers.names())) response.removeHeader(name);
    response.statusCode = status;
    for (let i = 0; i < list.length; i += 2) response.appendHeader(list[i] as string, list[i + 1] as string);
  }

  isReceived(): boolean {
    return this.received || this.request.complete;
  }

  afterEnd(): void {
    const { request, response } = this;
    if (response.writableLength > 0) this.calls.stalls.add(response);
    if (this.isReceived()) {
      // What nobody read of a short request would keep the connection from its next one.
      if (!this.reading) request.resume();
      return;
    }
    this.broken = true;
    this.discarded = 0;
    if (!this.reading) {
      this.reading = true;
      request.on("data", onData);
      request.on("end", onEnd);
    }
    request.resume();
    const timer = setTimeout(() => this.hangUp(), discardMs);
    timer.unref();
    request.once("close", () => clearTimeout(timer));
  }

  discard(chunk: Uint8Array): void {
    this.discarded += chunk.byteLength;
    // To close with bytes unread would reset the connection, and take the response from a client that still writes.
    if (this.discarded > discardBytes) this.request.pause();
  }

  stopLingering(): void {
    if (!this.lingering) return;
    this.lingering = false;
    this.response.end();
  }

  hangUp(): void {
    this.stopLingering();
    if (this.response.writableFinished) this.request.destroy();
    else this.response.once("finish", () => this.request.destroy());
  }

  onClose(): void {
    const { sink, response } = this;
    this.calls.stalls.remove(response);
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

function pairs(headers: HeaderMap): [string, string][] {
  const { list } = headers;
  const result: [string, string][] = [];
  for (let i = 0; i < list.length; i += 2) result.push([list[i] as string, list[i + 1] as string]);
  return result;
}

function onData(this: OwnedRequest, chunk: Uint8Array): void {
  const { exchange } = this;
  if (exchange.discarded >= 0) exchange.discard(chunk);
  else if (!exchange.broken) exchange.sink?.data(chunk);
}

function onEnd(this: OwnedRequest): void {
  const { exchange } = this;
  exchange.received = true;
  exchange.stopLingering();
  if (!exchange.broken) exchange.sink?.end();
}

function onDrain(this: OwnedResponse): void {
  const { exchange } = this;
  exchange.calls.stalls.remove(this);
  if (!exchange.broken) exchange.sink?.drain();
}

function onClose(this: OwnedResponse): void {
  this.exchange.onClose();
}

/** `close` follows. */
function ignore(): void {}
