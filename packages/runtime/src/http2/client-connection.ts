import { Connection } from "./connection.js";
import { ConnectionError } from "./connection-error.js";
import { ErrorCode, errorName, max31, settingEnablePush } from "./frame/codes.js";
import { listBytes } from "./head.js";
import { OldestFirst } from "./oldest-first.js";
import type { ConnectionEnd, ConnectionHost, ConnectionOptions, Goaway } from "./options.js";
import { preface } from "./server-connection.js";
import type { Http2Stream } from "./stream.js";

/** How many streams may be open before the server has told its limit: the least that RFC 9113 recommends for it. */
const streamsBeforeSettings = 100;
/** From here on a connection takes no new streams: their identifiers run out. */
const lastStreamId = max31 - 2 * 65_536;

/** Why a request was not taken. Nothing was sent of it, and its sink is told nothing. */
export interface RequestRefusal {
  /**
   * `closed`: the connection takes no new streams: take another one. `header-list`: the server does not take a list that
   * large. `fields`: HTTP/2 cannot carry one of them.
   */
  readonly reason: "closed" | "header-list" | "fields";
  readonly message: string;
}

/** A client's side of an HTTP/2 connection. */
export class ClientConnection extends Connection {
  /** @internal */
  readonly peerIsServer = true;
  /** @internal */
  nextId: number;
  /** @internal Requests that wait for the server's limit of streams. */
  readonly waiting: OldestFirst<Http2Stream>;
  /** The server's last GOAWAY. */
  goaway: Goaway | undefined;
  /** @internal */
  shuttingDown: boolean;

  constructor(host: ConnectionHost, options: ConnectionOptions = {}) {
    super(host, options);
    this.nextId = 1;
    this.waiting = new OldestFirst();
    this.goaway = undefined;
    this.shuttingDown = false;
    this.writer.raw(preface);
    this.sendSettings([settingEnablePush, 0, ...this.commonSettings()]);
    this.credit.openConnection();
  }

  /** Whether `request` takes requests at all; they may have to wait. */
  get acceptsRequests(): boolean {
    return this.end === undefined && this.goaway === undefined && !this.shuttingDown && this.nextId <= lastStreamId;
  }

  /** How many requests can go at once now. */
  get freeStreams(): number {
    if (!this.acceptsRequests) return 0;
    const most = this.ready ? this.peer.maxConcurrentStreams : streamsBeforeSettings;
    return Math.max(0, most - this.streams.size - this.waiting.size);
  }

  /**
   * Sends a request's head on a new stream; it waits while the server allows no more of them. `endStream`: it is all.
   *
   * @returns why it was not taken; undefined when it was
   */
  request(stream: Http2Stream, fields: readonly string[], endStream = false): RequestRefusal | undefined {
    if (!this.acceptsRequests) return { reason: "closed", message: "the connection takes no new requests" };
    const tooLarge = this.tooLarge(fields);
    if (tooLarge !== undefined) return { reason: "header-list", message: tooLarge };
    const checked = this.sentRules.check(fields);
    if (typeof checked === "string") return { reason: "fields", message: `HTTP/2 cannot carry ${checked}` };
    stream.connection = this;
    stream.ended = endStream;
    stream.bodiless = fields[fields.indexOf(":method") + 1] === "HEAD";
    if (this.freeStreams > 0) this.open(stream, checked);
    else this.wait(stream, checked);
    return undefined;
  }

  /** @internal */
  wait(stream: Http2Stream, fields: readonly string[]): void {
    stream.headToSend = fields;
    this.waiting.add(stream);
  }

  /** @internal What the server says to so many fields, if it does not take them. */
  tooLarge(fields: readonly string[]): string | undefined {
    const { maxHeaderListSize } = this.peer;
    const size = listBytes(fields);
    if (size <= maxHeaderListSize) return undefined;
    return `the request has ${size} bytes of header fields, and the server takes ${maxHeaderListSize}`;
  }

  /** @internal */
  open(stream: Http2Stream, fields: readonly string[]): void {
    stream.id = this.nextId;
    this.nextId += 2;
    stream.sendWindow = this.peer.initialWindowSize;
    stream.headSent = true;
    stream.headPosition = this.writer.total;
    this.streams.set(stream.id, stream);
    this.credit.open(stream);
    this.observer?.streamOpened?.(stream, fields);
    const whole = stream.ended && stream.queued === 0 && stream.trailersToSend === undefined;
    this.emitBlock(stream, fields, whole);
    if (whole) this.localClosed(stream);
    else if (stream.ended && stream.queued === 0) this.queue.finish(stream);
    else this.queue.enter(stream);
  }

  /** @internal */
  openWaiting(): void {
    while (this.waiting.size > 0) {
      const most = this.ready ? this.peer.maxConcurrentStreams : streamsBeforeSettings;
      if (this.streams.size >= most || !this.acceptsRequests) return;
      const stream = this.waiting.shift() as Http2Stream;
      const fields = stream.headToSend as readonly string[];
      stream.headToSend = undefined;
      const message = this.tooLarge(fields);
      if (message === undefined) this.open(stream, fields);
      else this.lose(stream, { code: ErrorCode.enhanceYourCalm, by: "local", unprocessed: true, message });
    }
  }

  /** @internal */
  override sendEnd(stream: Http2Stream, bytes: Uint8Array | undefined, trailers: readonly string[] | undefined): void {
    if (stream.id !== 0) {
      super.sendEnd(stream, bytes, trailers);
    } else if (!stream.ended && !stream.closed) {
      stream.ended = true;
      stream.trailersToSend = trailers;
      if (bytes !== undefined && bytes.length > 0) this.queue.enqueue(stream, bytes);
    }
  }

  /** @internal A request has its head from the beginning. */
  override sendHead(): void {}

  /** @internal */
  override sendInformational(): void {}

  /** @internal */
  override takeSettings(bytes: Uint8Array, start: number, end: number): void {
    super.takeSettings(bytes, start, end);
    this.ready = true;
    this.openWaiting();
  }

  /** @internal */
  override headForUnknown(streamId: number): void {
    this.frameForClosed(streamId);
  }

  /** @internal */
  override isIdle(streamId: number): boolean {
    return streamId % 2 === 0 || streamId >= this.nextId;
  }

  /** @internal */
  override frameForClosed(streamId: number): void {
    if (this.isIdle(streamId)) {
      throw new ConnectionError(ErrorCode.protocolError, "a frame for a stream that was never opened");
    }
    this.counted("closedStreamFrames");
  }

  /** @internal */
  override receiveHead(stream: Http2Stream, endStream: boolean, fields: readonly string[]): void {
    const head = this.headRules.response(fields);
    if (typeof head === "string") {
      this.breakOff(stream, ErrorCode.protocolError, `the response has ${head}`, true);
      return;
    }
    if (head.status < 200) {
      if (endStream) {
        this.breakOff(stream, ErrorCode.protocolError, "a 1xx head that ends the stream", true);
        return;
      }
      this.counted("informational");
      stream.sink?.onInformational(head);
      return;
    }
    stream.headReceived = true;
    stream.contentLeft = head.contentLength;
    if (head.status === 204 || head.status === 304) stream.bodiless = true;
    stream.sink?.onHead(head, endStream);
    if (endStream && !stream.closed) this.remoteEnded(stream, undefined);
  }

  /** @internal */
  override bodyDelivered(stream: Http2Stream): void {
    if (!stream.localClosed) this.leaveRequest(stream);
    if (!stream.closed && stream.localClosed) this.bothClosed(stream);
  }

  /**
   * @internal The response is complete: what is left of the request is of no use (RFC 9113 section 8.1). An end says it as well as a
   * reset does, and servers do not count it; but it would wait for what the server has not taken.
   */
  leaveRequest(stream: Http2Stream): void {
    if (stream.queued === 0 && !stream.ended) this.sendEnd(stream, undefined, undefined);
    else if (!stream.closed) this.resetStream(stream, ErrorCode.noError);
  }

  /** @internal The response is awaited. */
  override leftOpen(): void {}

  /** @internal */
  override dropped(): void {}

  /** @internal */
  override released(): void {
    if (this.waiting.size > 0) this.openWaiting();
    if (this.streams.size === 0) this.closeWhenDone();
  }

  /** @internal A request that was answered wrongly was asked for: no server can have more of them than there are requests. */
  override provoked(): void {
    this.counters.provokedResets.total++;
  }

  /** @internal */
  override peerReset(stream: Http2Stream, code: number): void {
    if (!stream.remoteClosed) {
      super.peerReset(stream, code);
      return;
    }
    // The response is complete, and the server takes no more of the request.
    stream.ended = true;
    this.queue.drop(stream);
    this.localClosed(stream);
  }

  /** @internal */
  override resetStream(stream: Http2Stream, code: number): void {
    this.waiting.delete(stream);
    super.resetStream(stream, code);
  }

  /** @internal */
  override receiveGoaway(goaway: Goaway): void {
    const before = this.goaway;
    if (before !== undefined && goaway.lastStreamId > before.lastStreamId) {
      throw new ConnectionError(ErrorCode.protocolError, "a GOAWAY with a higher last stream than the one before");
    }
    this.goaway = goaway;
    this.host.goaway?.(goaway);
    this.giveBackWaiting("the server takes no new requests on the connection");
    for (const stream of [...this.streams.values()]) {
      if (stream.id <= goaway.lastStreamId) continue;
      const message = "the server did not process the request: it is closing the connection";
      this.lose(stream, { code: ErrorCode.refusedStream, by: "connection", unprocessed: true, message });
    }
    this.closeWhenDone();
  }

  /** @internal */
  giveBackWaiting(message: string): void {
    for (const stream of this.waiting.takeAll()) {
      this.lose(stream, { code: ErrorCode.refusedStream, by: "connection", unprocessed: true, message });
    }
  }

  /** Takes no further requests, and closes when those that are open have ended. */
  shutdown(): void {
    if (this.shuttingDown || this.end !== undefined) return;
    this.shuttingDown = true;
    this.giveBackWaiting("the connection was shut down");
    this.closeWhenDone();
  }

  /** @internal */
  closeWhenDone(): void {
    if (this.streams.size > 0 || this.end !== undefined) return;
    const { goaway } = this;
    if (goaway !== undefined) {
      const message =
        goaway.debug === "" ? "the server closed the connection" : `the server closed the connection: ${goaway.debug}`;
      this.close({ code: goaway.code, by: "peer", message });
    } else if (this.shuttingDown) {
      this.fail(ErrorCode.noError, "");
    }
  }

  /** @internal A GOAWAY that came before says why. */
  override close(end: ConnectionEnd): void {
    const { goaway } = this;
    if (end.by !== "transport" || goaway === undefined || (goaway.code === ErrorCode.noError && goaway.debug === "")) {
      super.close(end);
      return;
    }
    const why = goaway.debug === "" ? "" : `: ${goaway.debug}`;
    super.close({ ...end, message: `${end.message} after a GOAWAY with ${errorName(goaway.code)}${why}` });
  }

  /** @internal */
  override closeStreams(end: ConnectionEnd): void {
    super.closeStreams(end);
    this.giveBackWaiting(end.message);
  }

  /** @internal The server's streams: none, because push is refused. */
  override lastPeerStream(): number {
    return 0;
  }

  /** @internal */
  override isUnprocessed(stream: Http2Stream): boolean {
    return stream.headPosition >= this.writer.total - this.writer.pending;
  }
}
