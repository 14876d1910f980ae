import { headerBytes } from "../../http/header-size.js";
import type { HttpClientStream, HttpRemote, HttpRequestHead, HttpResponseSink } from "../../http/http-client.js";
import type { HttpFailure } from "../../http/http-failure.js";
import { ErrorCode, type Head, Http2Stream, type StreamReset, type StreamSink } from "../../http2/index.js";
import { lostFailure } from "../failure.js";
import { addFields, headersOf } from "../http2-fields.js";
import type { H2Connection } from "./h2-connection.js";
import type { H2Pool, H2Waiter } from "./h2-pool.js";

/** How much may be written before there is a connection. */
const earlyMaxBytes = 65_536;

/** A request over HTTP/2 and its response: the engine's stream, its sink and the transport's stream in one object. */
export class H2ClientStream extends Http2Stream implements StreamSink, HttpClientStream, H2Waiter {
  readonly pool: H2Pool;
  readonly requestHead: HttpRequestHead;
  response: HttpResponseSink;
  http: H2Connection | undefined;
  /** Written before there was a connection. */
  early: Uint8Array[] | undefined;
  earlyBytes: number;
  asked: boolean;
  requestEnded: boolean;
  /** The last call to `response` was made, or nobody wants one. */
  over: boolean;

  constructor(pool: H2Pool, head: HttpRequestHead, response: HttpResponseSink) {
    super();
    this.sink = this;
    // Whoever reads the response pauses it when there is enough.
    this.autoConsume = true;
    this.pool = pool;
    this.requestHead = head;
    this.response = response;
    this.http = undefined;
    this.early = undefined;
    this.earlyBytes = 0;
    this.asked = false;
    this.requestEnded = false;
    this.over = false;
  }

  // -------------------------------------------------------------- the request

  flushHead(): void {
    if (this.asked || this.over) return;
    this.asked = true;
    this.pool.acquire(this);
  }

  write(bytes: Uint8Array): boolean {
    if (this.requestEnded || this.over) return true;
    if (this.http !== undefined) return this.sendData(bytes);
    this.keep(bytes);
    this.flushHead();
    // There may be a connection by now.
    return this.http !== undefined ? !this.wantsDrain : this.earlyBytes < earlyMaxBytes;
  }

  end(bytes?: Uint8Array): void {
    if (this.requestEnded || this.over) return;
    this.requestEnded = true;
    if (this.http !== undefined) {
      this.sendEnd(bytes);
      return;
    }
    if (bytes !== undefined) this.keep(bytes);
    this.flushHead();
  }

  keep(bytes: Uint8Array): void {
    if (this.early === undefined) this.early = [bytes];
    else this.early.push(bytes);
    this.earlyBytes += bytes.byteLength;
  }

  cancel(): void {
    if (this.over) return;
    this.over = true;
    if (this.http === undefined) {
      this.pool.remove(this);
      return;
    }
    this.http.streamReset();
    this.reset(ErrorCode.cancel);
  }

  remote(): HttpRemote | undefined {
    return this.http?.remote;
  }

  open(http: H2Connection): void {
    const { early, requestEnded } = this;
    const refusal = http.connection.request(this, this.fields(), requestEnded && early === undefined);
    if (refusal !== undefined) {
      if (refusal.reason === "closed") this.pool.acquire(this);
      else {
        const { message } = refusal;
        const failure: HttpFailure =
          refusal.reason === "fields"
            ? { reason: "unsupported", message: `the request cannot be sent over HTTP/2: ${message}` }
            : { reason: "limit", message };
        queueMicrotask(() => this.fail(failure));
      }
      return;
    }
    this.http = http;
    http.acquire();
    if (early === undefined) return;
    this.early = undefined;
    const last = early.length - 1;
    let free = true;
    for (let i = 0; i < last; i++) free = this.sendData(early[i] as Uint8Array);
    if (requestEnded) this.sendEnd(early[last]);
    else free = this.sendData(early[last] as Uint8Array);
    if (free && !requestEnded && this.earlyBytes >= earlyMaxBytes) this.response.drain();
  }

  fields(): string[] {
    const { requestHead, pool } = this;
    const fields = [
      ":method",
      requestHead.method,
      ":scheme",
      pool.config.secure ? "https" : "http",
      ":path",
      requestHead.path,
      ":authority",
      pool.config.authority,
    ];
    addFields(fields, requestHead.headers);
    // gRPC's requests are streams, whatever their length, and say so.
    if (this.requestEnded && requestHead.method === "POST" && !requestHead.needsTrailers)
      fields.push("content-length", String(this.earlyBytes));
    return fields;
  }

  // -------------------------------------------------------------- the response

  onInformational(): void {
    // 100 Continue is the engine's; the others say nothing that an RPC needs.
  }

  onHead(head: Head): void {
    if (this.over) return;
    if (this.http !== undefined) this.http.useful = true;
    this.response.head(head.status, headersOf(head.headers));
  }

  onData(bytes: Uint8Array): void {
    if (!this.over) this.response.data(bytes);
  }

  onEnd(trailers: readonly string[] | undefined): void {
    if (this.over) return;
    this.over = true;
    this.response.end(trailers === undefined ? undefined : headersOf(trailers));
  }

  onReset(reset: StreamReset): void {
    this.fail(this.failureOf(reset));
  }

  onDrain(): void {
    if (!this.over) this.response.drain();
  }

  onClose(): void {
    const { http } = this;
    // What it leads to can go, also where the stream is still known.
    this.response = nobody;
    this.over = true;
    http?.release();
  }

  fail(failure: HttpFailure): void {
    if (this.over) return;
    this.over = true;
    this.response.error(failure);
  }

  /** What may have made a server fall silent. */
  silenceHint(): string {
    if (this.http?.silent !== true) return "";
    const bytes = headerBytes(this.fields());
    if (bytes <= nghttp2HeaderBytes) return "";
    return `; the request has ${bytes} bytes of header fields, and node:http2 falls silent for ever above ${nghttp2HeaderBytes}`;
  }

  failureOf(reset: StreamReset): HttpFailure {
    const { by, code, message, unprocessed, cause } = reset;
    if (by === "peer")
      return { reason: "reset", resetCode: code, message, ...(unprocessed ? { unprocessed } : undefined) };
    if (by === "local") return { reason: code === ErrorCode.enhanceYourCalm ? "limit" : "protocol", message };
    const unsent = this.http?.connection.isUnprocessed(this) === true;
    if (this.http !== undefined) this.pool.wasNoUse(this.http);
    const lost = lostFailure(message, cause ?? this.http?.failure, unprocessed || unsent);
    const failure = { ...lost, message: lost.message + this.silenceHint() };
    return unsent ? { ...failure, unsent } : failure;
  }
}

function ignore(): void {}

/** nghttp2 takes no more in a request, and `node:http2` then reads nothing more from the connection, and tells nobody. */
const nghttp2HeaderBytes = 65_536;

/** In the place of a sink that nothing more is to be told. */
const nobody: HttpResponseSink = { head: ignore, data: ignore, end: ignore, error: ignore, drain: ignore };
