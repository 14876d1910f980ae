import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from "node:http2";
import { Readable } from "node:stream";
import type { HeaderMap } from "../http/header-map.js";
import type { HttpClientStream, HttpRemote, HttpRequestHead, HttpResponseSink } from "../http/http-client.js";
import type { HttpFailure } from "../http/http-failure.js";
import { connectFailure, lostFailure, resetFailure } from "./failure.js";
import type { H2Pool, H2Waiter } from "./h2-pool.js";
import type { H2Session } from "./h2-session.js";
import { addOutgoing, incoming, OutgoingHeaders } from "./raw-headers.js";
import { resetStream } from "./stream-reset.js";

/** How much may be written before there is a connection. */
const queueBytes = 65_536;
const endStream = 1;
const withBody = { endStream: false };
const withoutBody = { endStream: true };

/** The stream knows its exchange, so that listeners are plain functions: a closure for each event costs more than the event. */
type OwnedStream = ClientHttp2Stream & { exchange: H2ClientStream };

/** An exchange over HTTP/2. */
export class H2ClientStream implements HttpClientStream, H2Waiter {
  readonly pool: H2Pool;
  readonly requestHead: HttpRequestHead;
  sink: HttpResponseSink;
  session: H2Session | undefined;
  stream: OwnedStream | undefined;
  /** Written before there was a stream. */
  queue: Uint8Array[] | undefined;
  queued: number;
  asked: boolean;
  ended: boolean;
  paused: boolean;
  /** The last call to the sink was made, or nobody wants one. */
  over: boolean;
  gotHead: boolean;
  /** END_STREAM came. */
  complete: boolean;
  /** The stream's `push` was called at all: the platform's streams work as Node's do. */
  pushed: boolean;
  trailers: HeaderMap | undefined;
  /** A frame of the request could not be sent. */
  unsendable: boolean;
  /** Came before the head. */
  early: Uint8Array[] | undefined;

  constructor(pool: H2Pool, head: HttpRequestHead, sink: HttpResponseSink) {
    this.pool = pool;
    this.requestHead = head;
    this.sink = sink;
    this.session = undefined;
    this.stream = undefined;
    this.queue = undefined;
    this.queued = 0;
    this.asked = false;
    this.ended = false;
    this.paused = false;
    this.over = false;
    this.gotHead = false;
    this.complete = false;
    this.pushed = false;
    this.trailers = undefined;
    this.unsendable = false;
    this.early = undefined;
  }

  flushHead(): void {
    if (this.asked || this.over) return;
    this.asked = true;
    this.pool.acquire(this);
  }

  write(bytes: Uint8Array): boolean {
    if (this.ended || this.over) return true;
    if (this.stream !== undefined) return this.stream.write(bytes);
    if (this.queue === undefined) this.queue = [bytes];
    else this.queue.push(bytes);
    this.queued += bytes.byteLength;
    this.flushHead();
    return this.queued < queueBytes;
  }

  end(bytes?: Uint8Array): void {
    if (this.ended || this.over) return;
    this.ended = true;
    if (this.stream !== undefined) {
      this.stream.end(bytes);
      return;
    }
    if (bytes !== undefined) {
      if (this.queue === undefined) this.queue = [bytes];
      else this.queue.push(bytes);
    }
    this.flushHead();
  }

  cancel(): void {
    if (this.over) return;
    this.over = true;
    if (this.stream === undefined) this.pool.remove(this);
    else this.giveUp(constants.NGHTTP2_CANCEL);
  }

  pause(): void {
    this.paused = true;
    this.stream?.pause();
  }

  resume(): void {
    this.paused = false;
    this.stream?.resume();
  }

  remote(): HttpRemote | undefined {
    return this.session?.remote;
  }

  open(session: H2Session): void {
    const { requestHead, queue, ended } = this;
    const headers = new OutgoingHeaders();
    headers[":method"] = requestHead.method;
    headers[":path"] = requestHead.path;
    headers[":scheme"] = this.pool.config.secure ? "https" : "http";
    headers[":authority"] = this.pool.config.authority;
    addOutgoing(headers, requestHead.headers);
    // gRPC's requests are streams, whatever their length, and say so.
    if (ended && requestHead.method === "POST" && !requestHead.needsTrailers)
      headers["content-length"] = this.wholeLength();
    let stream: OwnedStream;
    try {
      stream = session.native.request(headers, ended && queue === undefined ? withoutBody : withBody) as OwnedStream;
    } catch (cause) {
      this.refuse(session, cause);
      return;
    }
    stream.exchange = this;
    this.stream = stream;
    this.session = session;
    this.queue = undefined;
    session.acquire(stream.id);
    // gRPC's responses end with trailers, which say for themselves that they are the end.
    if (!requestHead.needsTrailers) stream.push = pushAndSeeEnd;
    stream.on("response", onResponse);
    stream.on("data", onData);
    stream.on("trailers", onTrailers);
    stream.on("end", onEnd);
    stream.on("error", ignore);
    stream.on("frameError", onFrameError);
    stream.on("close", onClose);
    stream.on("drain", onDrain);
    if (this.paused) stream.pause();
    if (queue === undefined) return;
    let free = true;
    for (let i = 0; i < queue.length; i++) {
      if (ended && i === queue.length - 1) stream.end(queue[i]);
      else free = stream.write(queue[i]);
    }
    if (free && !ended && this.queued >= queueBytes) this.sink.drain();
  }

  wholeLength(): number {
    let length = 0;
    for (const bytes of this.queue ?? []) length += bytes.byteLength;
    return length;
  }

  fail(failure: HttpFailure): void {
    if (this.over) return;
    this.over = true;
    this.sink.error(failure);
  }

  /** Node would not make a stream: the session is closing, or a header is none that HTTP/2 can carry. */
  refuse(session: H2Session, cause: unknown): void {
    const closing = session.native.closed || session.native.destroyed;
    const failure: HttpFailure = closing
      ? { ...connectFailure(this.pool.config.origin, cause), reason: "lost" }
      : { reason: "unsupported", message: `the request cannot be sent over HTTP/2: ${String(cause)}`, cause };
    queueMicrotask(() => this.fail(failure));
  }

  giveUp(code: number): void {
    const { stream } = this;
    if (stream === undefined || stream.closed) return;
    resetStream(stream, code);
    this.session?.streamReset();
    // Nobody reads what is left, and a paused stream with data in it would never close.
    stream.resume();
  }

  onHead(status: number, headers: HeaderMap, flags: number): void {
    this.gotHead = true;
    if ((flags & endStream) !== 0) this.complete = true;
    this.sink.head(status, headers);
    const { early } = this;
    if (early === undefined) return;
    this.early = undefined;
    for (const chunk of early) if (!this.over) this.sink.data(chunk);
  }

  onData(chunk: Uint8Array): void {
    if (this.gotHead) {
      this.sink.data(chunk);
    } else {
      // Deno may emit data before the response.
      this.early ??= [];
      this.early.push(chunk);
    }
  }

  onEnd(): void {
    const { stream, session } = this;
    if (this.over || stream === undefined || !this.gotHead) return;
    if (!this.complete) {
      // Node ends a stream also when it was reset. NO_ERROR cannot be told from an end by its code.
      if (stream.rstCode !== constants.NGHTTP2_NO_ERROR || session?.native.destroyed || this.pushed) return;
    }
    this.over = true;
    this.sink.end(this.trailers);
    if (!this.ended) this.leaveRequest();
  }

  /**
   * The response is complete: what is left of the request is of no use (RFC 9113 section 8.1). An end says it as well as a
   * reset does, and servers do not count it; but it would wait for what the server has not taken.
   */
  leaveRequest(): void {
    this.ended = true;
    if (this.stream?.writableLength === 0) this.stream.end();
    else this.giveUp(constants.NGHTTP2_NO_ERROR);
  }

  onClose(): void {
    const { session, stream } = this;
    const { sink } = this;
    session?.release();
    // The garbage collector takes a stream of Node's late, and with it all that it leads to: messages too.
    this.sink = nobody;
    if (this.over || session === undefined || stream === undefined) return;
    this.over = true;
    sink.error(this.failureOf(session, stream));
  }

  failureOf(session: H2Session, stream: OwnedStream): HttpFailure {
    const { id, rstCode } = stream;
    const unprocessed = id === undefined || (session.lastStreamId !== undefined && id > session.lastStreamId);
    // Node closes such a stream with REFUSED_STREAM, as if the server had.
    if (this.unsendable) return { reason: "unsupported", message: "the request's headers are too large for HTTP/2" };
    if (session.native.destroyed) return lostFailure("the connection was lost", session.failure, unprocessed);
    return resetFailure(rstCode ?? 0);
  }
}

function pushAndSeeEnd(this: OwnedStream, chunk: unknown, encoding?: BufferEncoding): boolean {
  const { exchange } = this;
  exchange.pushed = true;
  // Node marks a stream as closed before it ends one that was reset.
  if (chunk === null && !this.closed) exchange.complete = true;
  return Readable.prototype.push.call(this, chunk, encoding);
}

function onResponse(
  this: OwnedStream,
  headers: IncomingHttpHeaders & { ":status"?: number },
  flags: number,
  raw?: string[],
): void {
  if (!this.exchange.over) this.exchange.onHead(Number(headers[":status"]), incoming(headers, raw), flags);
}

function onData(this: OwnedStream, chunk: Uint8Array): void {
  if (!this.exchange.over) this.exchange.onData(chunk);
}

function onTrailers(this: OwnedStream, headers: IncomingHttpHeaders, flags: number, raw?: string[]): void {
  this.exchange.trailers = incoming(headers, raw);
  if ((flags & endStream) !== 0) this.exchange.complete = true;
}

function onEnd(this: OwnedStream): void {
  this.exchange.onEnd();
}

function onFrameError(this: OwnedStream): void {
  this.exchange.unsendable = true;
}

function onClose(this: OwnedStream): void {
  this.exchange.onClose();
}

function onDrain(this: OwnedStream): void {
  if (!this.exchange.over) this.exchange.sink.drain();
}

/** `close` follows, and says more. */
function ignore(): void {}

/** In the place of a sink that nothing more is to be told. */
const nobody: HttpResponseSink = { head: ignore, data: ignore, end: ignore, error: ignore, drain: ignore };
