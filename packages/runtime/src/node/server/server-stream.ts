import type { Readable } from "node:stream";
import type { HeaderMap } from "../../http/header-map.js";
import type { HttpFailure } from "../../http/http-failure.js";
import type { HttpRequestSink, HttpServerStream } from "../../http/http-server.js";
import { now } from "../../time.js";
import { consumedHint, idleFailure, lostFailure, shutdownFailure, slowFailure, stalledMessage } from "../failure.js";
import type { Running, ServerCalls } from "./calls.js";
import { Pace } from "./pace.js";
import type { Stallable } from "./stall-watch.js";

/** Node's objects know the stream that they are of, so that listeners are plain functions. */
export type Owned<T> = T & { serverStream: NodeServerStream };

/** What the server's side has alike over Node's HTTP/1.1 and over `node:http2`: who reads the request, and how it ends. */
export abstract class NodeServerStream implements HttpServerStream, Stallable, Running {
  readonly calls: ServerCalls;
  sink: HttpRequestSink | undefined;
  reading: boolean;
  /** The request's body came to its end. */
  received: boolean;
  /** The response is complete. */
  ended: boolean;
  /** The sink was told of a failure, or needs to hear nothing more. */
  broken: boolean;
  paused: boolean;
  /** Bytes of the body that came. */
  came: number;
  /** What is watched while the body is awaited. Most bodies come before anybody looks, and have none. */
  awaited: AwaitedBody | undefined;
  newer: Running | undefined;
  older: Running | undefined;
  /** What brings the request's body. */
  abstract readonly source: Owned<Readable>;
  /** The request object that the host gave. */
  abstract readonly given: object;

  constructor(calls: ServerCalls) {
    this.calls = calls;
    this.sink = undefined;
    this.reading = false;
    this.received = false;
    this.ended = false;
    this.broken = false;
    this.paused = true;
    this.came = 0;
    this.awaited = undefined;
    this.newer = undefined;
    this.older = undefined;
  }

  /** The router took the request on. Until now nobody listens, so that the request can go to a fallback. Called in the tick that made this object. */
  start(sink: HttpRequestSink): void {
    this.sink = sink;
    this.calls.opened();
    this.calls.add(this);
    this.listen();
  }

  pause(): void {
    this.paused = true;
    this.source.pause();
  }

  resume(): void {
    const { source } = this;
    this.paused = false;
    if (!this.reading) {
      this.reading = true;
      if (this.isConsumed()) {
        const { rawBody } = this;
        queueMicrotask(() => (rawBody === undefined ? this.failConsumed() : this.giveBody(rawBody)));
        return;
      }
      // Somebody has waited for the end of a request without a body, and it comes only once.
      if (source.readableEnded) queueMicrotask(() => this.onEnd());
      source.on("data", onData);
      source.on("end", onEnd);
      if (!this.received) this.calls.bodies.wake();
    }
    source.resume();
  }

  /** The body that a host has read and kept: serverless platforms set `rawBody` on their requests. */
  get rawBody(): Uint8Array | undefined {
    const { rawBody } = this.given as { readonly rawBody?: unknown };
    return ArrayBuffer.isView(rawBody) && rawBody.constructor !== DataView ? (rawBody as Uint8Array) : undefined;
  }

  giveBody(bytes: Uint8Array): void {
    if (!this.broken) this.sink?.data(bytes);
    this.onEnd();
  }

  failConsumed(): void {
    if (this.broken) return;
    this.received = true;
    this.sink?.error({ reason: "unsupported", message: consumedHint });
  }

  onEnd(): void {
    this.received = true;
    this.awaitNoMore();
    if (!this.broken) this.sink?.end();
  }

  awaitBody(): void {
    if (!this.reading || this.received || this.ended || this.broken || this.awaited !== undefined) return;
    this.awaited = new AwaitedBody(this);
    this.calls.bodies.add(this.awaited);
  }

  awaitNoMore(): void {
    if (this.awaited !== undefined) this.calls.bodies.remove(this.awaited);
    this.awaited = undefined;
  }

  bodyTooSlow(): void {
    this.awaitNoMore();
    this.giveUp(slowFailure(this.calls.minBytesPerSecond));
  }

  bodyStalled(): void {
    this.awaited = undefined;
    this.giveUp(idleFailure(this.calls.bodies.timeoutMs));
  }

  /** The call ends here, and its response can still be sent. */
  giveUp(failure: HttpFailure): void {
    if (this.broken || this.ended) return;
    this.broken = true;
    this.sink?.error(failure);
  }

  /** The server ends: the call is to say so to its client. */
  shutDown(): void {
    this.giveUp(shutdownFailure);
  }

  onDrain(): void {
    this.calls.stalls.remove(this);
    if (!this.broken) this.sink?.drain();
  }

  stalled(): void {
    if (!this.broken) this.sink?.error(lostFailure(stalledMessage, undefined));
    this.dropStalled();
  }

  onClose(): void {
    const { sink } = this;
    this.calls.stalls.remove(this);
    this.awaitNoMore();
    if (sink === undefined) return;
    this.beforeClosed(sink);
    this.broken = true;
    this.sink = undefined;
    this.calls.closed();
    this.calls.remove(this);
    sink.closed();
  }

  abstract head(status: number, headers: HeaderMap, withoutTrailers?: boolean): void;
  abstract write(bytes: Uint8Array): boolean;
  abstract end(bytes?: Uint8Array, trailers?: HeaderMap): void;
  abstract respond(status: number, headers: HeaderMap, body?: Uint8Array, trailers?: HeaderMap): void;
  abstract reset(code: number): void;
  abstract listen(): void;
  /** Whether somebody else has read the body, or a part of it: what is gone cannot be served, and waiting for it would never end. */
  abstract isConsumed(): boolean;
  abstract dropStalled(): void;
  /** The exchange is over: the last moment to tell the sink that it broke. */
  abstract beforeClosed(sink: HttpRequestSink): void;
  abstract waiting(): number;
  abstract moved(): number;
  abstract readonly alone: boolean;
}

/** A request's body, as the watch for those that do not come sees it. */
class AwaitedBody implements Stallable {
  readonly stream: NodeServerStream;
  readonly alone = true;
  readonly pace: Pace;
  turn: number;

  constructor(stream: NodeServerStream) {
    this.stream = stream;
    this.pace = new Pace();
    this.turn = 0;
  }

  waiting(): number {
    const { came, paused, sink, calls } = this.stream;
    // Nobody reads, or it is a stream that has begun: it is not the client that is waited for.
    const awaited = !paused && !(sink?.streaming === true && came > 0);
    if (!awaited) this.turn++;
    if (this.pace.isTooSlow(now(), awaited, came, calls.minBytesPerSecond)) this.stream.bodyTooSlow();
    return came + this.turn;
  }

  moved(): number {
    return 0;
  }

  stalled(): void {
    this.stream.bodyStalled();
  }
}

function onData(this: Owned<Readable>, chunk: Uint8Array): void {
  const { serverStream } = this;
  serverStream.came += chunk.byteLength;
  if (!serverStream.broken) serverStream.sink?.data(chunk);
}

function onEnd(this: Owned<Readable>): void {
  this.serverStream.onEnd();
}

export function onDrain(this: Owned<object>): void {
  this.serverStream.onDrain();
}

export function onClose(this: Owned<object>): void {
  this.serverStream.onClose();
}

/** `close` follows. */
export function ignore(): void {}
