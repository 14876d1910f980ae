import { constants, type ServerHttp2Stream, type ServerStreamResponseOptions } from "node:http2";
import { Readable } from "node:stream";
import type { HeaderMap } from "../http/header-map.js";
import type { HttpRequestSink, HttpServerStream } from "../http/http-server.js";
import { consumedHint, lostFailure, resetFailure, stalledMessage } from "./failure.js";
import { addOutgoing, OutgoingHeaders } from "./raw-headers.js";
import type { ServerCalls } from "./server-calls.js";
import type { Stallable } from "./stall-watch.js";
import { resetStream, wasResetHere } from "./stream-reset.js";

type OwnedStream = ServerHttp2Stream & { exchange: H2ServerStream };

/** No date: it costs more than the rest of the head, and gRPC servers send none. */
const withTrailers = { waitForTrailers: true, sendDate: false };
const bodyOnly = { sendDate: false };
/** How much of a request is awaited after its response. */
const maxRestBytes = 65_536;
const maxRestMs = 250;
const headOnly = { endStream: true, sendDate: false };

/** The server's side of an HTTP/2 exchange, on Node's stream API. */
export class H2ServerStream implements HttpServerStream, Stallable {
  readonly stream: OwnedStream;
  readonly calls: ServerCalls;
  sink: HttpRequestSink | undefined;
  trailers: HeaderMap | undefined;
  /** The stream ends with the last bytes of the body. */
  bodyOnly: boolean;
  reading: boolean;
  /** The request's body came to its end. */
  received: boolean;
  ended: boolean;
  /** The sink was told of a failure. */
  broken: boolean;
  /** The response has ended, and the request neither ended nor was it stopped by this side. */
  unfinished: boolean;

  constructor(stream: ServerHttp2Stream, calls: ServerCalls) {
    this.stream = stream as OwnedStream;
    this.stream.exchange = this;
    this.calls = calls;
    this.sink = undefined;
    this.trailers = undefined;
    this.bodyOnly = false;
    this.reading = false;
    this.received = false;
    this.ended = false;
    this.broken = false;
    this.unfinished = false;
  }

  /** The router took the request on. Until now the stream is as Node made it, so that it can go to a fallback. Called in the tick that brought the stream. */
  start(sink: HttpRequestSink): void {
    const { stream } = this;
    this.sink = sink;
    this.calls.opened();
    // A compatibility object on the stream would send trailers too, and only the first time counts.
    if (stream.listenerCount("wantTrailers") > 0) stream.removeAllListeners("wantTrailers");
    stream.on("aborted", onAborted);
    stream.on("error", ignore);
    stream.on("wantTrailers", onWantTrailers);
    stream.on("drain", onDrain);
    stream.on("close", onClose);
  }

  head(status: number, headers: HeaderMap, withoutTrailers = false): void {
    const { stream } = this;
    if (this.ended || stream.headersSent || stream.destroyed || stream.closed) return;
    this.bodyOnly = withoutTrailers;
    this.answer(status, headers, withoutTrailers ? bodyOnly : withTrailers);
  }

  write(bytes: Uint8Array): boolean {
    const { stream } = this;
    if (this.ended || stream.destroyed || stream.closed) return true;
    const free = stream.write(bytes);
    if (!free) this.calls.stalls.add(this);
    return free;
  }

  end(bytes?: Uint8Array, trailers?: HeaderMap): void {
    const { stream } = this;
    if (this.ended) return;
    this.ended = true;
    if (stream.destroyed || stream.closed) return;
    this.trailers = trailers;
    this.endBody(bytes);
  }

  respond(status: number, headers: HeaderMap, body?: Uint8Array, trailers?: HeaderMap): void {
    const { stream } = this;
    if (this.ended) return;
    this.ended = true;
    if (stream.destroyed || stream.closed) return;
    const empty = body === undefined || body.byteLength === 0;
    if (empty && trailers === undefined) {
      if (this.answer(status, headers, headOnly)) this.stopRequest();
      return;
    }
    this.trailers = trailers;
    this.bodyOnly = trailers === undefined;
    if (!this.answer(status, headers, this.bodyOnly ? bodyOnly : withTrailers)) return;
    this.endBody(empty ? undefined : body);
  }

  endBody(bytes: Uint8Array | undefined): void {
    const { stream } = this;
    stream.end(bytes);
    if (stream.writableLength > 0) this.calls.stalls.add(this);
    if (this.bodyOnly) this.stopRequest();
  }

  reset(code: number): void {
    if (this.ended && this.stream.writableFinished) return;
    this.ended = true;
    this.broken = true;
    this.breakOff(code);
  }

  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    const { stream } = this;
    if (!this.reading) {
      this.reading = true;
      if (stream.readableDidRead && !stream.endAfterHeaders) {
        queueMicrotask(() => this.failConsumed());
        return;
      }
      if (stream.readableEnded) queueMicrotask(onEnd.bind(stream));
      stream.on("data", onData);
      stream.on("end", onEnd);
    }
    stream.resume();
  }

  failConsumed(): void {
    if (this.broken) return;
    this.received = true;
    this.sink?.error({ reason: "unsupported", message: consumedHint });
  }

  /** False when Node refused the head, as it does with values that HTTP/2 cannot carry. */
  answer(status: number, headers: HeaderMap, options: ServerStreamResponseOptions & { sendDate: boolean }): boolean {
    const head = new OutgoingHeaders();
    head[":status"] = status;
    addOutgoing(head, headers);
    try {
      this.stream.respond(head, options);
      return true;
    } catch {
      this.ended = true;
      this.breakOff(constants.NGHTTP2_INTERNAL_ERROR);
      return false;
    }
  }

  breakOff(code: number): void {
    const { stream } = this;
    if (stream.destroyed || stream.closed) return;
    resetStream(stream, code);
    stream.resume();
  }

  /** RFC 9113 section 8.1: a server that answered early asks for the rest not to be sent with RST_STREAM NO_ERROR. */
  stopRequest(): void {
    if (this.received || this.stream.endAfterHeaders) return;
    // Node emits `end` also for a body that was cut off here.
    this.broken = true;
    this.unfinished = this.stream.state.remoteClose === 0;
    this.stream.push = pushAndSeeEnd;
    // Node itself resets a stream at once whose request nobody looked at.
    this.stream.pause();
    setImmediate(stopWhenSent, this);
  }

  waiting(): number {
    return this.stream.writableLength;
  }

  sent(): number {
    return this.stream.session?.socket?.bytesWritten ?? 0;
  }

  stalled(): void {
    if (!this.broken) this.sink?.error(lostFailure(stalledMessage, undefined));
    this.broken = true;
    this.breakOff(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  onAborted(): void {
    if (this.broken || this.sink === undefined) return;
    this.broken = true;
    const { session, rstCode } = this.stream;
    // When a connection ends Node closes its streams first, and with a code that could have come from the client.
    const lost = session === undefined || session.destroyed || session.socket.destroyed;
    this.sink.error(lost ? lostFailure("the connection was lost", undefined) : resetFailure(rstCode));
  }

  onClose(): void {
    const { stream, sink } = this;
    this.calls.stalls.remove(this);
    if (sink === undefined) return;
    // Without `aborted`, when the response was ended and not yet sent.
    if (!stream.writableFinished) this.onAborted();
    this.sink = undefined;
    this.calls.closed();
    sink.closed();
  }
}

/** Whether the client reset a stream that is closed now. */
export function wasResetByClient(stream: ServerHttp2Stream): boolean {
  if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) return !wasResetHere(stream);
  return (stream as Partial<OwnedStream>).exchange?.unfinished === true;
}

function pushAndSeeEnd(this: OwnedStream, chunk: unknown, encoding?: BufferEncoding): boolean {
  // Node marks a stream as closed before it ends one that was reset.
  if (chunk === null && !this.closed) this.exchange.unfinished = false;
  return Readable.prototype.push.call(this, chunk, encoding);
}

function onData(this: OwnedStream, chunk: Uint8Array): void {
  const { exchange } = this;
  if (!exchange.broken) exchange.sink?.data(chunk);
}

function onEnd(this: OwnedStream): void {
  const { exchange } = this;
  exchange.received = true;
  // A reset that came in the same packet is told of before that.
  if (exchange.sink?.streaming) setImmediate(endRequest, exchange);
  else endRequest(exchange);
}

function endRequest(exchange: H2ServerStream): void {
  if (!exchange.broken) exchange.sink?.end();
}

function onAborted(this: OwnedStream): void {
  this.exchange.onAborted();
}

function onWantTrailers(this: OwnedStream): void {
  if (this.destroyed || this.closed) return;
  const trailers = new OutgoingHeaders();
  if (this.exchange.trailers !== undefined) addOutgoing(trailers, this.exchange.trailers);
  try {
    this.sendTrailers(trailers);
    this.exchange.stopRequest();
  } catch {
    // A name that HTTP/2 allows once was set twice.
    this.exchange.breakOff(constants.NGHTTP2_INTERNAL_ERROR);
  }
}

function onDrain(this: OwnedStream): void {
  const { exchange } = this;
  exchange.calls.stalls.remove(exchange);
  if (!exchange.broken) exchange.sink?.drain();
}

function onClose(this: OwnedStream): void {
  this.exchange.onClose();
}

/** nghttp2 drops the frames of a stream that are still in its queue when it is reset. */
function stopWhenSent(exchange: H2ServerStream): void {
  const { stream } = exchange;
  if (stream.destroyed) return;
  if (stream.closed) {
    // Node waits until what came is read.
    stream.resume();
    return;
  }
  if (stream.state.localClose === 0) {
    setTimeout(stopWhenSent, 10, exchange).unref();
    return;
  }
  dropRest(stream);
}

/**
 * A short rest of the request, which may be on its way, comes and is dropped: curl 7.88 takes a reset in the middle of
 * its request for a failure, whatever the code, and forgets the response.
 */
function dropRest(stream: OwnedStream): void {
  const stop = (): void => {
    if (stream.destroyed || stream.closed) return;
    stream.exchange.unfinished = false;
    stream.close(constants.NGHTTP2_NO_ERROR);
  };
  let dropped = 0;
  stream.on("data", (chunk: Uint8Array) => {
    dropped += chunk.byteLength;
    if (dropped > maxRestBytes) stop();
  });
  stream.resume();
  setTimeout(stop, maxRestMs).unref();
}

/** `aborted` or `close` says more. */
function ignore(): void {}
