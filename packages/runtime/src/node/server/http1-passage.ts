import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { HeaderMap } from "../../http/header-map.js";
import type { HttpRequestSink } from "../../http/http-server.js";
import { ErrorCode } from "../../http2/index.js";
import { nextTurn } from "../../time.js";
import { Http1ResponseReader, type Http1ResponseSink } from "./http1-response-reader.js";
import type { Http2ServerStream } from "./http2-stream.js";

/** RFC 9110 section 5.6.2 and RFC 9112 section 3: what a request line and a field line of HTTP/1.1 can carry. */
const tokenRule = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const targetRule = /^\/[\x21\x22\x24-\x7e]*$/;
const authorityRule = /^[\x21-\x2e\x30-\x3e\x41-\x5b\x5d-\x7e]*$/;
const valueRule = /^[\t\x20-\x7e\x80-\xff]*$/;
/** These are written by the passage, or belong to one connection. */
const ownFields: ReadonlySet<string> = new Set([
  "host",
  "cookie",
  "content-length",
  "transfer-encoding",
  "connection",
  "proxy-connection",
  "keep-alive",
  "upgrade",
  "http2-settings",
  "te",
  "trailer",
  "expect",
]);
/**
 * The head of the HTTP/1.1 request that stands for one of HTTP/2; `undefined` when HTTP/1.1 cannot carry it. What frames the
 * body, and to whom the request goes, is written here and never taken over: so no byte of a client can begin another request
 * (RFC 9113 section 10.3).
 *
 * @param bodyLength - in bytes; -1: not known, it goes in chunks
 */
export function http1Head(stream: Http2ServerStream, bodyLength: number): string | undefined {
  const { method, path, authority, headers } = stream;
  const target = method === "OPTIONS" && path === "*" ? path : targetRule.test(path) ? path : undefined;
  if (target === undefined || !tokenRule.test(method) || !authorityRule.test(authority)) return undefined;
  const host = headers.get("host");
  if (host !== null && authority !== "" && host !== authority) return undefined;
  const lines = [`${method} ${target} HTTP/1.1`, `host: ${authority}`];
  const { list } = headers;
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i] as string;
    const value = list[i + 1] as string;
    if (!tokenRule.test(name) || !valueRule.test(value)) return undefined;
    if (!ownFields.has(name)) lines.push(`${name}: ${value}`);
  }
  // RFC 9113 section 8.2.3: crumbs of a cookie become one field.
  const cookie = headers.get("cookie");
  if (cookie !== null) lines.push(`cookie: ${cookie}`);
  if (bodyLength > 0) lines.push(`content-length: ${bodyLength}`);
  else if (bodyLength < 0) lines.push("transfer-encoding: chunked");
  lines.push("connection: close", "", "");
  return lines.join("\r\n");
}

/** What Node's HTTP/1.1 server takes for a socket. Who is at the other end is told of the real one. */
class PassageSocket extends Duplex {
  readonly passage: Http1Passage;
  readonly real: Socket;

  constructor(passage: Http1Passage, real: Socket) {
    super({ allowHalfOpen: true });
    this.passage = passage;
    this.real = real;
  }

  get remoteAddress(): string | undefined {
    return this.real.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.real.remotePort;
  }

  get remoteFamily(): string | undefined {
    return this.real.remoteFamily;
  }

  get localAddress(): string | undefined {
    return this.real.localAddress;
  }

  get localPort(): number | undefined {
    return this.real.localPort;
  }

  get encrypted(): boolean | undefined {
    return (this.real as TLSSocket).encrypted;
  }

  get authorized(): boolean | undefined {
    return (this.real as TLSSocket).authorized;
  }

  get authorizationError(): Error | undefined {
    return (this.real as TLSSocket).authorizationError;
  }

  get alpnProtocol(): string | false | null | undefined {
    return (this.real as TLSSocket).alpnProtocol;
  }

  getPeerCertificate(detailed?: boolean): unknown {
    return (this.real as TLSSocket).getPeerCertificate?.(detailed as true);
  }

  address(): unknown {
    return this.real.address();
  }

  /** The timeouts of the real socket are those of the connection. */
  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {
    this.passage.stream.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.passage.answer(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.passage.serverEnded();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.passage.serverEnded();
    done(error);
  }
}

/**
 * A request over HTTP/2 on its way to a listener for HTTP/1.1: both are told apart in memory, by one request and one response on
 * a connection of their own.
 */
export class Http1Passage implements HttpRequestSink, Http1ResponseSink {
  readonly stream: Http2ServerStream;
  readonly chunked: boolean;
  readonly socket: PassageSocket;
  readonly reader: Http1ResponseReader;
  /** The listener waits until the client has room for what it wrote. */
  taken: (() => void) | undefined;
  /** The client has room. */
  free: boolean;
  /** The response is complete, or the request broke off. */
  over: boolean;

  constructor(stream: Http2ServerStream, head: string, chunked: boolean) {
    this.stream = stream;
    this.chunked = chunked;
    this.socket = new PassageSocket(this, stream.http.socket);
    this.reader = new Http1ResponseReader(this, stream.method);
    this.taken = undefined;
    this.free = true;
    this.over = false;
    this.socket.push(head, "latin1");
    // Its `close` follows.
    this.socket.on("error", ignore);
  }

  // -------------------------------------------------------------- the request

  data(bytes: Uint8Array): void {
    const { socket } = this;
    const { byteLength } = bytes;
    this.stream.consumed(byteLength);
    if (socket.destroyed || byteLength === 0) return;
    if (this.chunked) socket.push(`${byteLength.toString(16)}\r\n`, "latin1");
    let more = socket.push(bytes);
    if (this.chunked) more = socket.push("\r\n", "latin1");
    if (!more) this.stream.pause();
  }

  end(): void {
    if (this.chunked && !this.socket.destroyed) this.socket.push("0\r\n\r\n", "latin1");
  }

  error(): void {
    this.over = true;
    this.socket.destroy();
    // It may be that the body did not come, and the stream is open still.
    nextTurn(() => this.stream.reset(ErrorCode.cancel));
  }

  closed(): void {
    this.over = true;
    this.drain();
    this.socket.destroy();
  }

  // -------------------------------------------------------------- the response

  answer(chunk: Buffer, done: () => void): void {
    this.taken = done;
    this.free = true;
    try {
      if (!this.over) this.reader.read(chunk);
    } catch {
      this.breakOff();
    }
    if (this.free || this.over) this.drain();
  }

  drain(): void {
    const { taken } = this;
    this.taken = undefined;
    taken?.();
  }

  onInformational(status: number, headers: HeaderMap): void {
    // 100 Continue is the engine's own answer.
    if (status !== 100) this.stream.sendInformational(this.stream.fields(status, headers));
  }

  onHead(status: number, headers: HeaderMap): void {
    this.stream.head(status, headers);
  }

  onData(bytes: Uint8Array): void {
    if (!this.stream.write(bytes)) this.free = false;
  }

  onEnd(trailers: HeaderMap | undefined): void {
    this.over = true;
    this.stream.end(undefined, trailers);
  }

  serverEnded(): void {
    if (this.over || this.reader.close()) return;
    this.breakOff();
  }

  breakOff(): void {
    if (this.over) return;
    this.over = true;
    this.stream.reset(ErrorCode.internalError);
  }
}

/** Whether a request came through a passage: it was HTTP/2's, and no service's. */
export function isPassage(socket: Duplex): boolean {
  return socket instanceof PassageSocket;
}

function ignore(): void {}
