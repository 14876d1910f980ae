import type { IncomingMessage, ServerResponse } from "node:http";
import type { HeaderMap } from "../../http/header-map.js";
import type { HttpRequestSink } from "../../http/http-server.js";
import { lostFailure } from "../failure.js";
import { asText, maxJoined } from "../latin-text.js";
import { endWith, tellsListenersOnly } from "../platform/http-server.js";
import { flushHead } from "../platform/outgoing-head.js";
import { unsentBytes } from "../platform/socket.js";
import { addedUp } from "../raw-headers.js";
import type { ServerCalls } from "./calls.js";
import { lingerAfterResponse } from "./linger.js";
import { ignore, NodeServerStream, type Owned, onClose, onDrain } from "./server-stream.js";

/** The server's side of an HTTP/1.1 exchange; also of one over an HTTP/2 compatibility object, where nothing better is to be had. */
export class H1ServerStream extends NodeServerStream {
  readonly source: Owned<IncomingMessage>;
  readonly response: Owned<ServerResponse>;
  /** One response at a time is sent on a connection. */
  readonly alone = true;
  /** They came from a server of ours: nobody else has the response in hand. */
  readonly own: boolean;
  /** Most responses are sent at once. */
  hearsDrain: boolean;

  constructor(request: IncomingMessage, response: ServerResponse, calls: ServerCalls, own: boolean) {
    super(calls);
    this.own = own;
    this.hearsDrain = false;
    this.source = request as Owned<IncomingMessage>;
    this.response = response as Owned<ServerResponse>;
    this.source.serverStream = this;
    this.response.serverStream = this;
  }

  get given(): object {
    return this.source;
  }

  listen(): void {
    const { source, response } = this;
    if (!this.own || !tellsListenersOnly) {
      source.on("error", ignore);
      response.on("error", ignore);
    }
    response.on("close", onClose);
  }

  head(status: number, headers: HeaderMap): void {
    if (this.ended || this.response.headersSent || this.response.destroyed) return;
    this.writeHead(status, headers, undefined);
    flushHead(this.response, [...headers.list, ...Object.values(this.response.getHeaders()).flat()]);
  }

  write(bytes: Uint8Array): boolean {
    if (this.ended || this.response.destroyed) return true;
    const free = this.response.write(bytes);
    if (!free) this.awaitDrain();
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
    const plain = this.writeHead(status, headers, length);
    if (trailers !== undefined) response.addTrailers(pairs(trailers));
    if (plain && body !== undefined && body.byteLength <= maxJoined) endWith(response, asText(body));
    else response.end(body);
    this.afterEnd();
  }

  reset(): void {
    this.ended = true;
    this.broken = true;
    this.response.destroy();
    this.source.destroy();
  }

  /** True when nobody else has a hand in the response. */
  writeHead(status: number, headers: HeaderMap, length: number | undefined): boolean {
    const { response } = this;
    const list = headers.list.slice();
    // Statuses without a body (RFC 9110 section 15.4.5) have no length of one.
    if (length !== undefined && status !== 204 && status !== 304 && !headers.has("content-length"))
      list.push("content-length", String(length));
    // The rest of the request stands between this response and the next request.
    if (this.calls.draining || this.calls.ages.isOld(this.source.socket) || (this.ended && !this.isReceived()))
      list.push("connection", "close");
    // A list of names and values in turn drops what middleware has set: Node takes it as all headers. And middleware that
    // waits for the head (on-headers) has put a function in the place of `writeHead` which knows no such lists.
    if (response.getHeaderNames().length === 0 && !Object.hasOwn(response, "writeHead")) {
      response.writeHead(status, list);
      return !Object.hasOwn(response, "end") && !Object.hasOwn(response, "write");
    }
    for (const name of new Set(headers.names())) if (!addedUp.has(name)) response.removeHeader(name);
    response.statusCode = status;
    for (let i = 0; i < list.length; i += 2) response.appendHeader(list[i] as string, list[i + 1] as string);
    return false;
  }

  isReceived(): boolean {
    return this.received || this.source.complete || !hasBody(this.source);
  }

  awaitDrain(): void {
    this.calls.stalls.add(this);
    if (this.hearsDrain) return;
    this.hearsDrain = true;
    this.response.on("drain", onDrain);
  }

  afterEnd(): void {
    const { source, response } = this;
    if (response.writableLength > 0) this.awaitDrain();
    if (this.isReceived()) {
      // What nobody read of a short request would keep the connection from its next one.
      if (!this.reading) source.resume();
      return;
    }
    this.broken = true;
    lingerAfterResponse(source);
  }

  waiting(): number {
    return this.response.writableLength;
  }

  moved(): number {
    const { socket } = this.source;
    return socket === null ? 0 : unsentBytes(socket);
  }

  dropStalled(): void {
    this.reset();
  }

  isConsumed(): boolean {
    const { source } = this;
    return hasBody(source) && (source.readableDidRead || source.readableEnded || source.readableFlowing === true);
  }

  beforeClosed(sink: HttpRequestSink): void {
    if (!this.response.writableFinished && !this.broken) sink.error(lostFailure("the connection was lost", undefined));
  }
}

/** RFC 9112 section 6.3: a request without either header has no body. */
function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers["content-length"];
  return headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
}

function pairs(headers: HeaderMap): [string, string][] {
  const { list } = headers;
  const result: [string, string][] = [];
  for (let i = 0; i < list.length; i += 2) result.push([list[i] as string, list[i + 1] as string]);
  return result;
}
