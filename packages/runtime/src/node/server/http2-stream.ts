import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { declaredRestMs, holdAnswer } from "../../http/early-answer.js";
import type { HeaderMap } from "../../http/header-map.js";
import type { HttpFailure } from "../../http/http-failure.js";
import type { HttpRequestSink, HttpServerRequest, HttpServerStream } from "../../http/http-server.js";
import type { PeerTls } from "../../http/peer-tls.js";
import { ErrorCode, type Head, Http2Stream, type StreamReset, type StreamSink } from "../../http2/index.js";
import { stalledText } from "../../http2/outgoing.js";
import { nextTurn } from "../../time.js";
import { idleFailure, lostFailure, resetFailure, shutdownFailure, slowFailure, stalledMessage } from "../failure.js";
import { addFields, headersOf } from "../http2-fields.js";
import { peerTls } from "../peer-certificate.js";
import { socketAddress } from "../socket-address.js";
import { Pace } from "./pace.js";
import type { Http2Request } from "./request.js";

/** What takes the requests of HTTP/2 connections. */
export interface Http2Acceptor {
  /** A request's head came. */
  request(stream: Http2ServerStream): void;
  /** Somebody takes a request on, and it is over. */
  opened(): void;
  closed(): void;
}

/** What a stream is on. */
export interface Http2StreamHost {
  readonly socket: Socket;
  readonly acceptor: Http2Acceptor;
  /** Why the socket broke, when it did. */
  readonly failure: unknown;
  /** What waits for the client to take it, on all streams, in bytes. */
  readonly sendBytes: number;
  /** How large the header lists are that the client takes, as far as it has said so. */
  readonly takesHeaderBytes: number;
  /** A stream is over. */
  released(): void;
}

/**
 * A request over HTTP/2 and its response, in one object: the engine's stream and its sink, the request that the router sees,
 * and the stream that a handler's call writes to.
 */
export class Http2ServerStream extends Http2Stream implements StreamSink, HttpServerRequest, HttpServerStream {
  readonly http: Http2StreamHost;
  readonly httpVersion = "2";
  readonly fullDuplex = true;
  readonly trailers = true;
  method: string;
  path: string;
  authority: string;
  headers: HeaderMap;
  /** Bytes of the request's body; -1: not known. */
  bodyLength: number;
  /** Who reads the request's body, and is told how the exchange ends. */
  reader: HttpRequestSink | undefined;
  /** The reader was told of a failure. */
  broken: boolean;
  /** Bytes of the request's body that came. */
  came: number;
  /** Since when the body is awaited without anything coming, as far as anybody looked; -1: it is not. */
  waitsSince: number;
  progressSeen: number;
  /** How fast it comes, as far as anybody looked. */
  pace: Pace | undefined;
  /** Gives an answer that waits for the rest of the request. */
  restOver: (() => void) | undefined;

  constructor(http: Http2StreamHost) {
    super();
    this.sink = this;
    // No byte of a request's body is read before somebody wants it.
    this.paused = true;
    this.http = http;
    this.method = "";
    this.path = "";
    this.authority = "";
    this.headers = headersOf([]);
    this.bodyLength = -1;
    this.reader = undefined;
    this.broken = false;
    this.came = 0;
    this.waitsSince = -1;
    this.progressSeen = 0;
    this.pace = undefined;
    this.restOver = undefined;
  }

  // -------------------------------------------------------------- the request

  get url(): string {
    return `${this.tls === undefined ? "http" : "https"}://${this.authority}${this.path}`;
  }

  get address(): string {
    return socketAddress(this.http.socket);
  }

  get tls(): PeerTls | undefined {
    const socket = this.http.socket as TLSSocket;
    return socket.encrypted ? peerTls(socket) : undefined;
  }

  get maxResponseHeaderBytes(): number {
    return this.http.takesHeaderBytes;
  }

  get native(): Http2Request {
    const { method, path, authority, headers } = this;
    return { httpVersion: "2.0", method, url: path, authority, headers, socket: this.http.socket };
  }

  /** Somebody takes the request on. */
  start(reader: HttpRequestSink): void {
    this.reader = reader;
    // A stream of messages lets go of them as they are read, and pauses when they are not; a single one is held until it is whole.
    this.autoConsume = reader.streaming === true;
    this.http.acceptor.opened();
    // Whoever takes it on may have broken it off at once.
    if (this.closed) this.told(reader);
  }

  onInformational(): void {
    // Servers are sent none.
  }

  onHead(head: Head, ended: boolean): void {
    this.bodyLength = ended ? 0 : head.contentLength;
    this.method = head.method;
    this.path = head.path;
    this.authority = head.authority;
    this.headers = headersOf(head.headers);
    this.http.acceptor.request(this);
  }

  onData(bytes: Uint8Array): void {
    this.came += bytes.byteLength;
    if (!this.broken) this.reader?.data(bytes);
  }

  onEnd(): void {
    this.restOver?.();
    if (this.reader?.streaming !== true) {
      if (!this.broken) this.reader?.end();
      return;
    }
    // Node's client and HAProxy end a stream of messages that they are about to reset: a reset in the same packet comes first.
    nextTurn(() => {
      if (!this.broken) this.reader?.end();
    });
  }

  onReset(reset: StreamReset): void {
    if (this.broken) return;
    this.broken = true;
    const { by, code, message, cause } = reset;
    if (by === "peer") this.reader?.error(resetFailure(code));
    else if (by === "connection") this.reader?.error(lostFailure(message, cause ?? this.http.failure));
    else if (message === stalledText) this.reader?.error(lostFailure(stalledMessage, undefined));
    else this.reader?.error({ reason: code === ErrorCode.enhanceYourCalm ? "limit" : "protocol", message });
  }

  /** The server ends: the call is to say so to its client. */
  shutDown(): void {
    if (!this.broken && !this.ended) this.giveUp(shutdownFailure);
  }

  /** Gives the request up when its body is awaited and does not come. Called now and then. */
  lookAtBody(time: number, timeoutMs: number, minBytesPerSecond: number): void {
    const { reader } = this;
    const awaited =
      reader !== undefined &&
      !this.remoteClosed &&
      !this.paused &&
      !this.ended &&
      !this.broken &&
      this.receiveWindow > 0 &&
      !(reader.streaming === true && this.came > 0);
    if (minBytesPerSecond > 0) {
      this.pace ??= new Pace();
      if (this.pace.isTooSlow(time, awaited, this.came, minBytesPerSecond)) {
        this.giveUp(slowFailure(minBytesPerSecond));
        return;
      }
    }
    if (!awaited) this.waitsSince = -1;
    else if (this.waitsSince < 0 || this.progressSeen !== this.progressAt) {
      this.waitsSince = time;
      this.progressSeen = this.progressAt;
    } else if (time - this.waitsSince >= timeoutMs) {
      this.giveUp(idleFailure(timeoutMs));
    }
  }

  /** The call ends here, and its response can still be sent. */
  giveUp(failure: HttpFailure): void {
    this.broken = true;
    this.reader?.error(failure);
  }

  onDrain(): void {
    if (!this.broken) this.reader?.drain();
  }

  onClose(): void {
    this.restOver?.();
    this.http.released();
    if (this.reader !== undefined) this.told(this.reader);
  }

  /** The reader hears that all is over. */
  told(reader: HttpRequestSink): void {
    this.reader = undefined;
    this.http.acceptor.closed();
    reader.closed();
  }

  // -------------------------------------------------------------- the response

  head(status: number, headers: HeaderMap): void {
    this.sendHead(this.fields(status, headers));
  }

  write(bytes: Uint8Array): boolean {
    return this.sendData(bytes);
  }

  end(bytes?: Uint8Array, trailers?: HeaderMap): void {
    this.sendEnd(bytes, trailers === undefined ? undefined : this.trailerFields(trailers));
  }

  respond(status: number, headers: HeaderMap, body?: Uint8Array, trailers?: HeaderMap): void {
    if (status < 400 || this.bodyLength <= 0 || this.remoteClosed || this.owesContinue) {
      this.answer(status, headers, body, trailers);
      return;
    }
    // Nobody hears of the request any more, and its rest is thrown away.
    this.broken = true;
    this.autoConsume = true;
    this.restOver = holdAnswer(() => this.answer(status, headers, body, trailers), declaredRestMs);
    this.resume();
  }

  answer(status: number, headers: HeaderMap, body: Uint8Array | undefined, trailers: HeaderMap | undefined): void {
    // A response to HEAD has no body (RFC 9110 section 9.3.2), and clients take one for a broken stream.
    const empty = body === undefined || body.byteLength === 0 || this.method === "HEAD";
    const headOnly = empty && trailers === undefined;
    this.sendHead(this.fields(status, headers), headOnly);
    if (!headOnly) this.end(body, trailers);
  }

  fields(status: number, headers: HeaderMap): string[] {
    const fields = [":status", status === 200 ? "200" : String(status)];
    addFields(fields, headers);
    return fields;
  }

  trailerFields(trailers: HeaderMap): string[] {
    const fields: string[] = [];
    addFields(fields, trailers);
    return fields;
  }

  override reset(code: number): void {
    this.broken = true;
    super.reset(code);
  }
}
