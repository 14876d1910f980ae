import type { Http2ServerResponse, ServerHttp2Stream, ServerStreamResponseOptions } from "node:http2";
import { declaredRestMs, holdAnswer } from "../../http/early-answer.js";
import type { HeaderMap } from "../../http/header-map.js";
import { fieldBytes } from "../../http/header-size.js";
import { ErrorCode } from "../../http2/index.js";
import { afterInBackground, nextTurn } from "../../time.js";
import { lostFailure, resetFailure } from "../failure.js";
import { dropForeignTrailers, resetStream } from "../platform/http2-stream.js";
import { addOutgoing, addSetBefore, OutgoingHeaders, sendJoined } from "../raw-headers.js";
import type { ServerCalls } from "./calls.js";
import { ignore, NodeServerStream, onClose, onDrain } from "./server-stream.js";

type OwnedStream = ServerHttp2Stream & { serverStream: H2ServerStream };

/** No date: it costs more than the rest of the head, and gRPC servers send none. */
const withTrailers = { waitForTrailers: true, sendDate: false };
const bodyOnly = { sendDate: false };
/** Deno's own HTTP/2 does not bear answers that are held back. */
const breaksOnLateAnswers = (): boolean => "Deno" in globalThis;
/** How much of a request is awaited after its response. */
const maxRestBytes = 65_536;
const maxRestMs = 250;
const headOnly = { endStream: true, sendDate: false };

/** The server's side of an HTTP/2 exchange, on Node's stream API. */
export class H2ServerStream extends NodeServerStream {
  readonly source: OwnedStream;
  /** The response object of `node:http2`, on which middleware may have set headers. */
  readonly compat: Http2ServerResponse | undefined;
  trailers: HeaderMap | undefined;
  /** The stream ends with the last bytes of the body. */
  bodyOnly: boolean;
  /** Bytes of the request's body, as it says; 0: none, or not known. */
  readonly bodyLength: number;
  readonly alone = false;

  constructor(stream: ServerHttp2Stream, calls: ServerCalls, bodyLength: number, compat?: Http2ServerResponse) {
    super(calls);
    this.source = stream as OwnedStream;
    this.source.serverStream = this;
    this.compat = compat;
    this.bodyLength = bodyLength;
    this.trailers = undefined;
    this.bodyOnly = false;
  }

  get given(): object {
    return this.compat?.req ?? this.source;
  }

  /** Of headers that middleware has set. */
  get addedHeadBytes(): number {
    if (this.compat === undefined) return 0;
    let bytes = 0;
    for (const [name, value] of Object.entries(this.compat.getHeaders()))
      for (const each of Array.isArray(value) ? value : [value]) bytes += fieldBytes([name, String(each)], 0);
    return bytes;
  }

  listen(): void {
    const { source } = this;
    dropForeignTrailers(source);
    source.on("aborted", onAborted);
    source.on("error", ignore);
    source.on("wantTrailers", onWantTrailers);
    source.on("frameError", onFrameError);
    source.on("drain", onDrain);
    source.on("close", onClose);
  }

  head(status: number, headers: HeaderMap, withoutTrailers = false): void {
    const { source: stream } = this;
    if (this.ended || stream.headersSent || stream.destroyed || stream.closed) return;
    this.bodyOnly = withoutTrailers;
    this.answer(status, headers, withoutTrailers ? bodyOnly : withTrailers);
  }

  write(bytes: Uint8Array): boolean {
    const { source: stream } = this;
    if (this.ended || stream.destroyed || stream.closed) return true;
    const free = stream.write(bytes);
    if (!free) this.calls.stalls.add(this);
    return free;
  }

  end(bytes?: Uint8Array, trailers?: HeaderMap): void {
    const { source: stream } = this;
    if (this.ended) return;
    this.ended = true;
    if (stream.destroyed || stream.closed) return;
    this.trailers = trailers;
    this.endBody(bytes);
  }

  respond(status: number, headers: HeaderMap, body?: Uint8Array, trailers?: HeaderMap): void {
    if (this.ended) return;
    this.ended = true;
    const whole = !(this.bodyLength > 0) || this.received || this.source.readableEnded;
    if (status < 400 || whole || breaksOnLateAnswers()) this.finish(status, headers, body, trailers);
    else this.holdAnswer(() => this.finish(status, headers, body, trailers));
  }

  /** Nobody hears of the request any more, and its rest is thrown away. */
  holdAnswer(answer: () => void): void {
    const { source: stream } = this;
    this.broken = true;
    const give = holdAnswer(answer, declaredRestMs);
    stream.once("end", () => {
      this.received = true;
      give();
    });
    stream.once("close", give);
    stream.resume();
  }

  finish(status: number, headers: HeaderMap, body: Uint8Array | undefined, trailers: HeaderMap | undefined): void {
    const { source: stream } = this;
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
    const { source: stream } = this;
    stream.end(bytes);
    if (stream.writableLength > 0) this.calls.stalls.add(this);
    if (this.bodyOnly) this.stopRequest();
  }

  reset(code: number): void {
    if (this.ended && this.source.writableFinished) return;
    this.ended = true;
    this.broken = true;
    this.breakOff(code);
  }

  /** False when Node refused the head, as it does with values that HTTP/2 cannot carry. */
  answer(status: number, headers: HeaderMap, options: ServerStreamResponseOptions & { sendDate: boolean }): boolean {
    const head = new OutgoingHeaders();
    head[":status"] = status;
    if (this.compat !== undefined) addSetBefore(head, this.compat.getHeaders(), headers);
    addOutgoing(head, headers);
    try {
      sendJoined(head, (fields) => this.source.respond(fields, options));
      return true;
    } catch {
      this.ended = true;
      this.breakOff(ErrorCode.internalError);
      return false;
    }
  }

  breakOff(code: number): void {
    const { source: stream } = this;
    if (stream.destroyed || stream.closed) return;
    resetStream(stream, code);
    stream.resume();
  }

  /** RFC 9113 section 8.1: a server that answered early asks for the rest not to be sent with RST_STREAM NO_ERROR. */
  stopRequest(): void {
    if (this.received || this.source.endAfterHeaders) return;
    // Node emits `end` also for a body that was cut off here.
    this.broken = true;
    // Node itself resets a stream at once whose request nobody looked at.
    this.source.pause();
    nextTurn(() => stopWhenSent(this));
  }

  waiting(): number {
    return this.source.writableLength;
  }

  moved(): number {
    return this.source.session?.socket?.bytesWritten ?? 0;
  }

  isConsumed(): boolean {
    return this.source.readableDidRead && !this.source.endAfterHeaders;
  }

  dropStalled(): void {
    this.broken = true;
    this.breakOff(ErrorCode.enhanceYourCalm);
  }

  override onEnd(): void {
    if (this.sink?.streaming !== true) {
      super.onEnd();
      return;
    }
    this.received = true;
    // A reset that came in the same packet is told of before that.
    nextTurn(() => super.onEnd());
  }

  onAborted(): void {
    if (this.broken || this.sink === undefined) return;
    this.broken = true;
    const { session, rstCode } = this.source;
    // When a connection ends Node closes its streams first, and with a code that could have come from the client.
    const lost = session === undefined || session.destroyed || session.socket.destroyed;
    this.sink.error(lost ? lostFailure("the connection was lost", undefined) : resetFailure(rstCode));
  }

  beforeClosed(): void {
    // Without `aborted`, when the response was ended and not yet sent.
    if (!this.source.writableFinished) this.onAborted();
  }
}

function onAborted(this: OwnedStream): void {
  this.serverStream.onAborted();
}

/** Node does not send a block of headers that is above its `maxSendHeaderBlockLength`. Clients take this code for a limit. */
function onFrameError(this: OwnedStream, _: number, code: number): void {
  if (code === ErrorCode.frameSizeError) this.serverStream.breakOff(ErrorCode.enhanceYourCalm);
}

function onWantTrailers(this: OwnedStream): void {
  if (this.destroyed || this.closed) return;
  const trailers = new OutgoingHeaders();
  if (this.serverStream.trailers !== undefined) addOutgoing(trailers, this.serverStream.trailers);
  try {
    sendJoined(trailers, (fields) => this.sendTrailers(fields));
    this.serverStream.stopRequest();
  } catch {
    this.serverStream.breakOff(ErrorCode.internalError);
  }
}

/** nghttp2 drops the frames of a stream that are still in its queue when it is reset. */
function stopWhenSent(serverStream: H2ServerStream): void {
  const { source: stream } = serverStream;
  if (stream.destroyed) return;
  if (stream.closed) {
    // Node waits until what came is read.
    stream.resume();
    return;
  }
  if (stream.state.localClose === 0) {
    afterInBackground(10, () => stopWhenSent(serverStream));
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
    stream.close(ErrorCode.noError);
  };
  let dropped = 0;
  stream.on("data", (chunk: Uint8Array) => {
    dropped += chunk.byteLength;
    if (dropped > maxRestBytes) stop();
  });
  stream.resume();
  afterInBackground(maxRestMs, stop);
}
