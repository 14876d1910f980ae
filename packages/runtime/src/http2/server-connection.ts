import { Connection } from "./connection.js";
import { ConnectionError } from "./connection-error.js";
import {
  ErrorCode,
  framePriority,
  frameRstStream,
  frameWindowUpdate,
  max31,
  settingMaxConcurrentStreams,
} from "./frame/codes.js";
import type { DecodedBlock } from "./hpack/block-cache.js";
import type { ConnectionEnd, ConnectionOptions, Goaway, ServerHost } from "./options.js";
import type { Http2Stream } from "./stream.js";

/** What a client sends first (RFC 9113 section 3.4). */
export const preface: Uint8Array = Uint8Array.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (char) => char.charCodeAt(0));

/** How long the answer to the PING of a drain may take, in milliseconds. */
const drainPingMs = 1000;
/** So many times that long, while there are calls: the client may be slow to read, and have sent requests that are on their way. */
const drainPings = 10;
/**
 * How long a client that has not read all of its answers yet may be silent, where it is not to be less, and may take in all, until the
 * connection ends without it.
 */
const [longestSilenceMs, farewellMs] = [60_000, 600_000];
/**
 * How much of a request is awaited after its response, less than a stream's first window, and how long: curl 7.88 takes a reset in the middle of its request for
 * a failure, whatever the code, and forgets the response.
 */
const restBytes = 49_152;
const restMs = 1000;

/** A server's side of an HTTP/2 connection. */
export class ServerConnection extends Connection {
  /** @internal */
  declare readonly host: ServerHost;
  /** @internal */
  readonly peerIsServer = false;
  /** @internal How much of the preface has come. */
  prefaceRead: number;
  /** @internal The highest stream that the client opened, and the highest that was taken. */
  lastOpened: number;
  /** @internal */
  lastTaken: number;
  /** @internal A GOAWAY was sent that names no last stream. */
  draining: boolean;
  /** @internal The GOAWAY was sent that does: no streams are taken any more. */
  finalGoaway: boolean;
  /** @internal */
  drainUntil: number;
  /** @internal How long it is awaited while there are calls. */
  drainLast: number;
  /** @internal So many bytes of the output the client has read, as it has answered a PING behind them. */
  heard: number;
  /** @internal A client that reads nothing for so long does not read what it was answered before either. */
  readonly silentFarewellMs: number;
  /** @internal When the last request was answered. */
  lastAnswered: number;
  /** @internal Since when nothing but its answer to the last PING is awaited. Infinity: there is more. */
  farewellAt: number;
  /** @internal Streams whose response is complete and whose request is not, and how long the rest of it is awaited. */
  readonly lingering: Map<Http2Stream, number>;

  constructor(host: ServerHost, options: ConnectionOptions = {}) {
    super(host, options);
    this.prefaceRead = 0;
    this.lastOpened = 0;
    this.lastTaken = 0;
    this.draining = false;
    this.finalGoaway = false;
    this.drainUntil = Number.POSITIVE_INFINITY;
    this.drainLast = 0;
    this.heard = 0;
    this.silentFarewellMs = Math.min(this.config.stalledTimeoutMs, longestSilenceMs);
    this.lastAnswered = Number.NEGATIVE_INFINITY;
    this.farewellAt = Number.POSITIVE_INFINITY;
    this.lingering = new Map();
    this.sendSettings([...this.commonSettings(), settingMaxConcurrentStreams, this.config.maxConcurrentStreams]);
    this.credit.openConnection();
  }

  /**
   * Takes no further requests, and closes when those that are open have ended, and the client has read their answers.
   *
   * @param graceful - first a GOAWAY that names no last stream and, after a round trip, the one that does: requests that were
   *   on their way are answered. Default: true
   */
  shutdown(graceful = true): void {
    if (this.end !== undefined || this.finalGoaway) return;
    if (!graceful) {
      this.sendFinalGoaway("");
    } else if (!this.draining) {
      this.draining = true;
      this.sendGoaway(max31, ErrorCode.noError, "");
      this.drainUntil = this.now + drainPingMs;
      this.drainLast = this.now + drainPings * drainPingMs;
      this.dueAt(this.drainUntil);
      let upTo = 0;
      this.ping(() => {
        this.heard = upTo;
        this.sendFinalGoaway("");
      });
      upTo = this.writer.total;
    }
  }

  /** @internal */
  sendFinalGoaway(debug: string): void {
    if (this.end !== undefined || this.finalGoaway) return;
    this.draining = true;
    this.finalGoaway = true;
    this.drainUntil = Number.POSITIVE_INFINITY;
    const { total } = this.writer;
    this.sendGoaway(this.lastTaken, ErrorCode.noError, debug);
    // Nothing but this is on its way.
    if (this.heard === total) this.heard = this.writer.total;
    this.closeWhenDone();
  }

  /** @internal The transport ends when the client has read all of its answers: what it has not read could be lost with the transport. */
  closeWhenDone(): void {
    if (!this.finalGoaway || this.streams.size > 0) return;
    if (this.heard === this.writer.total || this.now - this.lastAnswered >= this.silentFarewellMs) {
      this.leave();
    } else if (this.farewellAt === Number.POSITIVE_INFINITY) {
      this.farewellAt = this.now;
      this.dueAt(this.now + this.silentFarewellMs);
      this.ping(() => this.leave());
    }
  }

  /** @internal */
  leave(): void {
    this.close({ code: ErrorCode.noError, by: "local", message: "the connection was shut down" });
  }

  /** @internal */
  override read(chunk: Uint8Array): void {
    let at = 0;
    while (this.prefaceRead < preface.length && at < chunk.length) {
      if (chunk[at++] !== preface[this.prefaceRead++]) {
        throw new ConnectionError(ErrorCode.protocolError, "the client does not speak HTTP/2");
      }
    }
    if (at < chunk.length) this.reader.read(chunk, at);
  }

  /** @internal */
  override lookAround(): void {
    super.lookAround();
    if (this.now >= this.drainUntil) {
      // The connection stays for its calls in any case.
      if (this.streams.size > 0 && this.now < this.drainLast) this.drainUntil = this.now + drainPingMs;
      else this.sendFinalGoaway("");
    }
    for (const [stream, until] of this.lingering) {
      if (until > this.now) {
        this.due = Math.min(this.due, until);
        break;
      }
      this.resetStream(stream, ErrorCode.noError);
    }
    const farewellUntil = Math.min(
      Math.max(this.farewellAt, this.lastReceivedAt) + this.silentFarewellMs,
      this.farewellAt + farewellMs,
    );
    if (this.now >= farewellUntil) this.leave();
    else this.due = Math.min(this.due, this.drainUntil, farewellUntil);
  }

  /** @internal */
  override headForUnknown(streamId: number, endStream: boolean, block: DecodedBlock, selfDependent: boolean): void {
    if (streamId % 2 === 0) throw new ConnectionError(ErrorCode.protocolError, "a request on an even stream");
    if (streamId <= this.lastOpened) {
      if (this.resetHere.has(streamId)) this.counted("closedStreamFrames");
      else throw new ConnectionError(ErrorCode.streamClosed, "HEADERS on a closed stream");
      return;
    }
    this.lastOpened = streamId;
    if (this.finalGoaway) {
      this.counted("closedStreamFrames");
      return;
    }
    this.lastTaken = streamId;
    if (this.streams.size >= this.config.maxConcurrentStreams) {
      this.sendReset(streamId, ErrorCode.refusedStream);
      this.counted("refusedStreams");
    } else if (selfDependent) {
      this.refuse(streamId, ErrorCode.protocolError);
    } else if (block.tooLarge !== undefined) {
      this.refuse(streamId, ErrorCode.enhanceYourCalm);
    } else {
      this.open(streamId, endStream, block.fields);
    }
  }

  /** @internal Answers a request that nobody gets to see. */
  refuse(streamId: number, code: number): void {
    this.sendReset(streamId, code);
    this.provoked();
  }

  /** @internal */
  open(streamId: number, endStream: boolean, fields: readonly string[]): void {
    const head = this.headRules.request(fields);
    if (typeof head === "string") {
      this.refuse(streamId, ErrorCode.protocolError);
      return;
    }
    if (head.method === "CONNECT") {
      this.refuse(streamId, ErrorCode.connectError);
      return;
    }
    if (endStream && head.contentLength > 0) {
      this.refuse(streamId, ErrorCode.protocolError);
      return;
    }
    const stream = this.host.accept();
    stream.id = streamId;
    stream.connection = this;
    stream.sendWindow = this.peer.initialWindowSize;
    stream.headReceived = true;
    stream.contentLeft = head.contentLength;
    stream.owesContinue = head.expectsContinue && !endStream;
    this.streams.set(streamId, stream);
    this.credit.open(stream);
    this.observer?.streamOpened?.(stream, head);
    stream.sink?.onHead(head, endStream);
    if (stream.closed) return;
    if (endStream) this.remoteEnded(stream, undefined);
    else if (!stream.paused) this.continueWanted(stream);
  }

  /** @internal The head of a request came when its stream was opened. */
  override receiveHead(): void {}

  /** @internal */
  override isIdle(streamId: number): boolean {
    return streamId % 2 === 0 || streamId > this.lastOpened;
  }

  /** @internal */
  override frameForClosed(streamId: number, type: number): void {
    if (this.isIdle(streamId)) {
      throw new ConnectionError(ErrorCode.protocolError, "a frame for a stream that was never opened");
    }
    this.counted("closedStreamFrames");
    if (type === frameRstStream || type === frameWindowUpdate || type === framePriority) return;
    // Above the last stream of a GOAWAY nothing is answered.
    if (this.resetHere.has(streamId) || streamId > this.lastTaken) return;
    this.refuse(streamId, ErrorCode.streamClosed);
  }

  /** @internal */
  override peerReset(stream: Http2Stream, code: number): void {
    super.peerReset(stream, code);
    this.counted("resets");
    if (this.counters.resets.halfSpent(this.now)) this.sendFinalGoaway("too many streams were reset");
  }

  /** @internal */
  override provoked(): void {
    super.provoked();
    if (this.counters.provokedResets.halfSpent(this.now)) this.sendFinalGoaway("too many streams had to be reset");
  }

  /** @internal The response is complete: what is left of the request is of no use (RFC 9113 section 8.1). */
  override leftOpen(stream: Http2Stream): void {
    this.delivery.drop(stream);
    stream.contentLeft = restBytes;
    this.lingering.set(stream, this.now + restMs);
    this.dueAt(this.now + restMs);
  }

  /** @internal */
  override dropped(stream: Http2Stream, bytes: number): void {
    this.credit.consumed(stream, bytes);
    stream.contentLeft -= bytes;
    if (stream.contentLeft < 0) this.resetStream(stream, ErrorCode.noError);
  }

  /** @internal */
  override released(stream: Http2Stream): void {
    this.lingering.delete(stream);
    if (stream.localClosed) this.lastAnswered = this.now;
    if (this.finalGoaway) this.closeWhenDone();
  }

  /** @internal */
  override receiveGoaway(goaway: Goaway): void {
    this.host.goaway?.(goaway);
  }

  /** @internal */
  override lastPeerStream(): number {
    return this.lastTaken;
  }

  /** @internal */
  override isUnprocessed(): boolean {
    return false;
  }

  /** @internal */
  override close(end: ConnectionEnd): void {
    super.close(end);
    this.lingering.clear();
  }
}
