import type { Head } from "./head.js";
import type { KeptBytes, WaitingBytes } from "./pieces.js";

/** How a stream ended that did not come to its end. */
export interface StreamReset {
  /** The error code, RFC 9113 section 7. */
  readonly code: number;
  /** Who ended it: RST_STREAM from the peer, this side because of what the peer did, or the connection's end. */
  readonly by: "peer" | "local" | "connection";
  /** The peer says, or it is known, that it has not looked at the request: it may be sent again. */
  readonly unprocessed: boolean;
  readonly message: string;
  /** The transport's own error, when it was lost. */
  readonly cause?: unknown;
}

/**
 * Where the engine delivers what comes on a stream. The order is `onInformational`, `onHead`, `onData`, then `onEnd` or
 * `onReset`; `onClose` is the last call in any case. None of them may throw.
 */
export interface StreamSink {
  /** A head with a 1xx status. */
  onInformational(head: Head): void;
  /** The head of the request or response. `ended`: there is no body; `onEnd` follows. */
  onHead(head: Head, ended: boolean): void;
  /** Bytes of the body. They may be kept; say by {@link Http2Stream.consumed} when they are not held any more. */
  onData(bytes: Uint8Array): void;
  /** The body came to its end. Trailers are names and values in turn. */
  onEnd(trailers: readonly string[] | undefined): void;
  /** The stream was broken off. Not called for a reset of one's own. */
  onReset(reset: StreamReset): void;
  /** More can be sent, after `sendData` returned false. */
  onDrain(): void;
  /** Nothing comes any more, and nothing can be sent: what was to be sent is in the connection's output. */
  onClose(): void;
}

/** What a stream asks of its connection. */
export interface StreamOwner {
  sendInformational(stream: Http2Stream, fields: readonly string[]): void;
  sendHead(stream: Http2Stream, fields: readonly string[], endStream: boolean): void;
  sendData(stream: Http2Stream, bytes: Uint8Array): boolean;
  sendEnd(stream: Http2Stream, bytes: Uint8Array | undefined, trailers: readonly string[] | undefined): void;
  resetStream(stream: Http2Stream, code: number): void;
  pauseStream(stream: Http2Stream): void;
  resumeStream(stream: Http2Stream): void;
  streamConsumed(stream: Http2Stream, bytes: number): void;
}

/**
 * One exchange: a request and its response. An adapter may extend it and be its own sink, so that a call is one object:
 * the methods that it offers begin with `send`, those of a sink with `on`, and the fields are the engine's.
 *
 * Nothing here throws. What is sent before the stream is opened or after its end is dropped.
 */
export class Http2Stream {
  /** 0 until a request is opened. */
  id: number;
  /** Where what comes is delivered: set before the stream is opened. */
  sink: StreamSink | undefined;
  /** @internal */
  connection: StreamOwner | undefined;
  /** Data counts as consumed as soon as it is delivered; `pause()` is then what holds the peer back. @default false */
  autoConsume: boolean;

  /** @internal A request's head, while the stream waits to be opened. */
  headToSend: readonly string[] | undefined;
  /** @internal This side has sent its head. */
  headSent: boolean;
  /** @internal This side has said all: END_STREAM is sent, or waits behind data. */
  ended: boolean;
  /** @internal END_STREAM is in the output. */
  localClosed: boolean;
  /** @internal The peer's head has come. */
  headReceived: boolean;
  /** @internal END_STREAM came. */
  remoteClosed: boolean;
  /** It is over: `onClose` was called, or is about to be. */
  closed: boolean;

  /** @internal What may be sent. It can be negative (RFC 9113 section 6.9.2). */
  sendWindow: number;
  /** @internal What waits to be sent. */
  waiting: WaitingBytes | undefined;
  /** Bytes that wait for the peer's windows, or for their turn. */
  queued: number;
  /** @internal */
  trailersToSend: readonly string[] | undefined;
  /** @internal `sendData` returned false. */
  wantsDrain: boolean;
  /** @internal In a line of those who wait for their turn. */
  inLine: boolean;
  /** @internal */
  nextInLine: Http2Stream | undefined;
  /** @internal Bytes of the connection's output before this stream's head. */
  headPosition: number;

  /** @internal What the peer may send. */
  receiveWindow: number;
  /** Bytes that were received and not consumed. */
  held: number;
  /** @internal What it has of the connection's budget. */
  extra: number;
  /** @internal It was given credit. */
  credited: boolean;
  /** @internal Since when its speed is measured. */
  measuredAt: number;
  /** @internal Bytes that came since then. */
  arrived: number;
  /** @internal When it last went on. */
  progressAt: number;
  /** @internal What is left of the content-length; -1: none. */
  contentLeft: number;
  /** @internal */
  paused: boolean;
  /** @internal What came while it was paused. */
  kept: KeptBytes | undefined;
  /** @internal Nothing of the body is delivered any more. */
  dropping: boolean;
  /** @internal `100 Continue` is awaited by the client. */
  owesContinue: boolean;
  /** @internal The response has no body, whatever its content-length says. */
  bodiless: boolean;

  constructor(sink?: StreamSink) {
    this.id = 0;
    this.sink = sink;
    this.connection = undefined;
    this.autoConsume = false;
    this.headToSend = undefined;
    this.headSent = false;
    this.ended = false;
    this.localClosed = false;
    this.headReceived = false;
    this.remoteClosed = false;
    this.closed = false;
    this.sendWindow = 0;
    this.waiting = undefined;
    this.queued = 0;
    this.trailersToSend = undefined;
    this.wantsDrain = false;
    this.inLine = false;
    this.nextInLine = undefined;
    this.headPosition = 0;
    this.receiveWindow = 0;
    this.held = 0;
    this.extra = 0;
    this.credited = false;
    this.measuredAt = 0;
    this.arrived = 0;
    this.progressAt = 0;
    this.contentLeft = -1;
    this.paused = false;
    this.kept = undefined;
    this.dropping = false;
    this.owesContinue = false;
    this.bodiless = false;
  }

  /** Server: sends a head with a 1xx status. */
  sendInformational(fields: readonly string[]): void {
    this.connection?.sendInformational(this, fields);
  }

  /** Server: sends the response's head. `endStream`: it is the whole response. */
  sendHead(fields: readonly string[], endStream = false): void {
    this.connection?.sendHead(this, fields, endStream);
  }

  /**
   * Sends bytes of the body. They may be kept until they are sent.
   *
   * @returns false: wait for `onDrain` before you send more
   */
  sendData(bytes: Uint8Array): boolean {
    return this.connection === undefined || this.connection.sendData(this, bytes);
  }

  /** Ends this side, with last bytes and trailers if given. */
  sendEnd(bytes?: Uint8Array, trailers?: readonly string[]): void {
    this.connection?.sendEnd(this, bytes, trailers);
  }

  /** Breaks the stream off. The sink is told `onClose`, and nothing else. */
  reset(code: number): void {
    this.connection?.resetStream(this, code);
  }

  /** Holds back `onData` and `onEnd`. What comes is kept and counted; the peer gets no further credit. Safe at any time. */
  pause(): void {
    if (this.connection === undefined) this.paused = true;
    else this.connection.pauseStream(this);
  }

  /** Goes on with what was kept, and gives the peer credit again. */
  resume(): void {
    if (this.connection === undefined) this.paused = false;
    else this.connection.resumeStream(this);
  }

  /** So many bytes that were delivered are not held any more: the peer may send as many again. */
  consumed(bytes: number): void {
    this.connection?.streamConsumed(this, bytes);
  }
}

/** Streams that wait for their turn, first come, first served. */
export class StreamLine {
  first: Http2Stream | undefined;
  last: Http2Stream | undefined;

  constructor() {
    this.first = undefined;
    this.last = undefined;
  }

  push(stream: Http2Stream): void {
    if (stream.inLine) return;
    stream.inLine = true;
    if (this.last === undefined) this.first = stream;
    else this.last.nextInLine = stream;
    this.last = stream;
  }

  shift(): Http2Stream | undefined {
    const { first } = this;
    if (first === undefined) return undefined;
    this.first = first.nextInLine;
    if (this.first === undefined) this.last = undefined;
    first.nextInLine = undefined;
    first.inLine = false;
    return first;
  }
}
