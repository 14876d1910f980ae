import { ConnectionError, resetMessage } from "./connection-error.js";
import { Delivery } from "./delivery.js";
import { ReceiveCredit } from "./flow-control.js";
import { ErrorCode, frameData, frameRstStream, frameWindowUpdate, max31 } from "./frame/codes.js";
import { tooLargeText } from "./frame-rules.js";
import { FieldRules } from "./head.js";
import type { DecodedBlock } from "./hpack/block-cache.js";
import { HpackDecoder } from "./hpack/decoder.js";
import type { ConnectionEnd, ConnectionHost, ConnectionOptions } from "./options.js";
import { Outgoing } from "./outgoing.js";
import type { Http2Stream, StreamReset } from "./stream.js";

/** How many frames for a stream may come after its end and cost nothing: resets and credit that crossed it. */
const lateFrames = 4;
/** How often streams that hold others up are looked for, in milliseconds. */
const starvedCheckMs = 1000;

/** A connection's streams, whichever side opened them. */
export abstract class Connection extends Outgoing {
  /** @internal */
  readonly credit: ReceiveCredit;
  /** @internal */
  readonly delivery: Delivery;
  /** @internal */
  readonly decoder: HpackDecoder;
  /** @internal */
  readonly headRules: FieldRules;
  /** @internal */
  readonly trailerRules: FieldRules;
  /** @internal The stream of the DATA frame that is being read. */
  dataStream: Http2Stream | undefined;
  /** @internal */
  starvedCheckAt: number;

  constructor(host: ConnectionHost, options: ConnectionOptions) {
    super(host, options);
    const { config } = this;
    const { maxHeaderBytes, maxHeaderPairs, maxHeldBytes } = config.limits;
    this.credit = new ReceiveCredit({ ...config, maxHeldBytes }, this);
    this.delivery = new Delivery(this.credit);
    this.decoder = new HpackDecoder({
      maxTableBytes: config.headerTableBytes,
      maxListBytes: maxHeaderBytes,
      maxPairs: maxHeaderPairs,
    });
    this.decoder.allowDefaultTable();
    this.headRules = new FieldRules(config.strict);
    this.trailerRules = new FieldRules(config.strict);
    this.dataStream = undefined;
    this.starvedCheckAt = Number.POSITIVE_INFINITY;
  }

  /** @internal */
  override lookAround(): void {
    super.lookAround();
    if (this.now >= this.starvedCheckAt) {
      this.starvedCheckAt = Number.POSITIVE_INFINITY;
      this.credit.relieveStarved(this.clock);
      this.watchStarved();
    }
    this.due = Math.min(this.due, this.starvedCheckAt);
  }

  /** @internal */
  watchStarved(): void {
    if (this.credit.starved.size === 0 || this.starvedCheckAt !== Number.POSITIVE_INFINITY) return;
    this.starvedCheckAt = this.now + starvedCheckMs;
    this.dueAt(this.starvedCheckAt);
  }

  /** @internal */
  override receive(chunk: Uint8Array): void {
    super.receive(chunk);
    this.watchStarved();
  }

  /** @internal */
  resetStream(stream: Http2Stream, code: number): void {
    if (stream.closed) return;
    this.writeReset(stream, code);
    this.dropStream(stream);
  }

  /** @internal */
  pauseStream(stream: Http2Stream): void {
    stream.paused = true;
  }

  /** @internal */
  resumeStream(stream: Http2Stream): void {
    if (!stream.paused || stream.closed) return;
    this.continueWanted(stream);
    if (this.delivery.resume(stream) && !stream.closed) this.bodyDelivered(stream);
  }

  /** @internal */
  streamConsumed(stream: Http2Stream, bytes: number): void {
    this.credit.consumed(stream, bytes);
  }

  /** @internal The stream's body will be read. */
  continueWanted(stream: Http2Stream): void {
    if (!stream.owesContinue) return;
    stream.owesContinue = false;
    if (!stream.headSent && !stream.remoteClosed) this.sendInformational(stream, [":status", "100"]);
  }

  // What comes.

  /** @internal */
  override dataBegins(streamId: number, length: number, padding: number): void {
    this.dataStream = undefined;
    this.credit.receivedAny(length);
    const stream = this.streams.get(streamId);
    if (stream === undefined) {
      // What was on its way to a stream that was reset is bounded by the windows it had.
      if (length === padding || !this.resetHere.has(streamId)) this.frameForClosed(streamId, frameData);
      return;
    }
    if (stream.remoteClosed) {
      this.breakOff(stream, ErrorCode.streamClosed, "DATA after the end of the stream", true);
    } else if (!stream.headReceived) {
      this.breakOff(stream, ErrorCode.protocolError, "DATA before the head", true);
    } else if (!this.credit.received(stream, length)) {
      this.breakOff(stream, ErrorCode.flowControlError, "more DATA than the stream's window allows", true);
    } else if (!stream.closed) {
      this.beginBody(stream, length, padding);
    }
  }

  /** @internal */
  beginBody(stream: Http2Stream, length: number, padding: number): void {
    const bytes = length - padding;
    if (padding > 0) this.credit.consumed(stream, padding);
    if (bytes === 0) {
      if (!this.reader.dataEndsStream) this.counted("emptyFrames");
    } else {
      this.counters.pings.pay(1);
    }
    if (bytes > 0 && stream.bodiless) {
      this.breakOff(stream, ErrorCode.protocolError, "a body where none may be", true);
      return;
    }
    if (stream.contentLeft >= 0 && !stream.dropping) {
      stream.contentLeft -= bytes;
      if (stream.contentLeft < 0) {
        this.breakOff(stream, ErrorCode.protocolError, "more bytes than the content-length", true);
        return;
      }
    }
    this.dataStream = stream;
  }

  /** @internal */
  override dataPiece(bytes: Uint8Array, start: number, end: number): void {
    const stream = this.dataStream;
    if (stream === undefined || stream.closed) return;
    if (stream.dropping) this.dropped(stream, end - start);
    else this.delivery.data(stream, bytes, start, end);
  }

  /** @internal */
  override dataEnds(endStream: boolean): void {
    const stream = this.dataStream;
    this.dataStream = undefined;
    if (endStream && stream !== undefined && !stream.closed) this.remoteEnded(stream, undefined);
  }

  /** @internal */
  override headerBlock(
    streamId: number,
    endStream: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
    selfDependent: boolean,
  ): void {
    let block: DecodedBlock;
    try {
      block = this.decoder.decode(bytes, start, end);
    } catch (error) {
      throw new ConnectionError(ErrorCode.compressionError, (error as Error).message);
    }
    const stream = this.streams.get(streamId);
    if (stream === undefined) {
      this.headForUnknown(streamId, endStream, block, selfDependent);
    } else if (stream.remoteClosed) {
      this.breakOff(stream, ErrorCode.streamClosed, "HEADERS after the end of the stream", true);
    } else if (selfDependent) {
      this.breakOff(stream, ErrorCode.protocolError, "a stream that depends on itself", true);
    } else if (block.tooLarge !== undefined) {
      this.breakOff(stream, ErrorCode.enhanceYourCalm, tooLargeText(block, this.config.limits), true);
    } else if (stream.headReceived) {
      this.receiveTrailers(stream, endStream, block.fields);
    } else {
      this.receiveHead(stream, endStream, block.fields);
    }
  }

  /** @internal */
  receiveTrailers(stream: Http2Stream, endStream: boolean, fields: readonly string[]): void {
    if (!endStream) {
      this.breakOff(stream, ErrorCode.protocolError, "HEADERS in the middle of a body", true);
      return;
    }
    const trailers = this.trailerRules.trailers(fields);
    if ("wrong" in trailers) this.breakOff(stream, ErrorCode.protocolError, trailers.wrong, true);
    else this.remoteEnded(stream, trailers);
  }

  /** @internal */
  remoteEnded(stream: Http2Stream, trailers: readonly string[] | undefined): void {
    if (stream.contentLeft > 0 && !stream.bodiless && !stream.dropping) {
      this.breakOff(stream, ErrorCode.protocolError, "fewer bytes than the content-length", true);
      return;
    }
    stream.remoteClosed = true;
    this.credit.ended(stream);
    if (!stream.dropping && this.delivery.end(stream, trailers) && !stream.closed) this.bodyDelivered(stream);
    if (stream.localClosed && !stream.closed) this.bothClosed(stream);
  }

  /** @internal The sink has all of the body. */
  bodyDelivered(stream: Http2Stream): void {
    if (stream.localClosed) this.bothClosed(stream);
  }

  /** @internal */
  override receiveWindowUpdate(streamId: number, increment: number): void {
    const { queue } = this;
    if (streamId === 0) {
      if (increment === 0) throw new ConnectionError(ErrorCode.protocolError, "a WINDOW_UPDATE of 0");
      queue.window += increment;
      if (queue.window > max31) throw new ConnectionError(ErrorCode.flowControlError, "the window exceeds 2^31 - 1");
      if (queue.ready) this.askFlush();
      return;
    }
    const stream = this.streams.get(streamId);
    if (stream === undefined) {
      this.frameForClosed(streamId, frameWindowUpdate);
    } else if (increment === 0) {
      this.breakOff(stream, ErrorCode.protocolError, "a WINDOW_UPDATE of 0", true);
    } else {
      stream.sendWindow += increment;
      if (stream.sendWindow > max31) {
        this.breakOff(stream, ErrorCode.flowControlError, "the window exceeds 2^31 - 1", true);
      } else {
        queue.enter(stream);
      }
    }
  }

  /** @internal */
  override receiveReset(streamId: number, code: number): void {
    const stream = this.streams.get(streamId);
    if (stream === undefined) {
      this.frameForClosed(streamId, frameRstStream);
      return;
    }
    this.peerReset(stream, code);
  }

  /** @internal The peer ends a stream that is open. */
  peerReset(stream: Http2Stream, code: number): void {
    const unprocessed = code === ErrorCode.refusedStream;
    this.lose(stream, { code, by: "peer", unprocessed, message: resetMessage(code) });
  }

  /** @internal */
  override receivePriority(streamId: number, length: number, dependency: number): void {
    if (length !== 5) this.resetUnknown(streamId, ErrorCode.frameSizeError);
    else if (dependency === streamId) this.resetUnknown(streamId, ErrorCode.protocolError);
  }

  /** @internal A stream error on a stream that may be none. */
  resetUnknown(streamId: number, code: number): void {
    const stream = this.streams.get(streamId);
    if (stream !== undefined) {
      this.breakOff(stream, code, "a malformed PRIORITY frame", true);
      return;
    }
    // RFC 9113 section 5.1: a stream that was never opened cannot be reset.
    if (this.isIdle(streamId)) throw new ConnectionError(code, "a malformed PRIORITY frame");
    this.counted("provokedResets");
    this.sendReset(streamId, code);
  }

  /** @internal */
  override takeSettings(bytes: Uint8Array, start: number, end: number): void {
    const { peer } = this;
    const { initialWindowSize, headerTableSize } = peer;
    peer.read(bytes, start, end, this.peerIsServer);
    if (peer.headerTableSize !== headerTableSize) this.encoder.setPeerTableBytes(peer.headerTableSize);
    const difference = peer.initialWindowSize - initialWindowSize;
    if (difference === 0) return;
    for (const stream of this.streams.values()) {
      stream.sendWindow += difference;
      if (stream.sendWindow > max31) {
        throw new ConnectionError(ErrorCode.flowControlError, "a stream's window exceeds 2^31 - 1");
      }
      this.queue.enter(stream);
    }
  }

  /** @internal */
  override acknowledged(): void {
    this.credit.acknowledged(this.config.initialWindow);
    this.decoder.endDefaultTable();
  }

  // How streams end.

  /** @internal */
  localClosed(stream: Http2Stream): void {
    if (stream.closed) return;
    stream.localClosed = true;
    if (stream.remoteClosed) this.bothClosed(stream);
    else this.leftOpen(stream);
  }

  /** @internal Both sides have ended. A response that is kept is still to be read. */
  bothClosed(stream: Http2Stream): void {
    if (stream.kept !== undefined && this.peerIsServer) this.release(stream);
    else this.dropStream(stream);
  }

  /** @internal The stream is no longer one of the open ones. */
  release(stream: Http2Stream): void {
    if (this.streams.delete(stream.id)) this.released(stream);
  }

  /** @internal The stream is over, in whatever way: the sink's last call. */
  dropStream(stream: Http2Stream): void {
    if (stream.closed) return;
    stream.closed = true;
    this.queue.drop(stream);
    stream.kept = undefined;
    this.credit.closed(stream);
    const wasOpen = this.streams.delete(stream.id);
    this.counters.closedStreamFrames.pay(lateFrames);
    stream.sink?.onClose();
    this.host.streamClosed?.(stream);
    if (wasOpen) this.released(stream);
  }

  /** @internal The stream ended before its time: the sink is told. */
  lose(stream: Http2Stream, reset: StreamReset): void {
    if (stream.closed) return;
    this.observer?.streamReset?.(stream, reset);
    // What a sink that lost its stream still sends is dropped.
    stream.ended = true;
    if (!stream.dropping) stream.sink?.onReset(reset);
    this.dropStream(stream);
  }

  /** @internal A stream error: the peer gets RST_STREAM, the sink is told. `provoked`: it is the peer's doing. */
  breakOff(stream: Http2Stream, code: number, message: string, provoked = false): void {
    if (stream.closed) return;
    this.writeReset(stream, code);
    this.lose(stream, { code, by: "local", unprocessed: false, message });
    if (provoked) this.provoked();
  }

  /** @internal */
  provoked(): void {
    this.counted("provokedResets");
  }

  /** @internal */
  calm(stream: Http2Stream, message: string): void {
    this.breakOff(stream, ErrorCode.enhanceYourCalm, message);
  }

  /** @internal */
  override closeStreams(end: ConnectionEnd): void {
    for (const stream of [...this.streams.values()]) {
      const unprocessed = this.isUnprocessed(stream);
      this.lose(stream, { code: end.code, by: "connection", unprocessed, message: end.message, cause: end.cause });
    }
  }

  /** @internal No stream of this number was opened yet. */
  abstract isIdle(streamId: number): boolean;
  /** @internal A frame for a stream that is not open: was it ever? */
  abstract frameForClosed(streamId: number, type: number): void;
  /** @internal */
  abstract headForUnknown(streamId: number, endStream: boolean, block: DecodedBlock, selfDependent: boolean): void;
  /** @internal */
  abstract receiveHead(stream: Http2Stream, endStream: boolean, fields: readonly string[]): void;
  /** @internal */
  abstract readonly peerIsServer: boolean;
  /** @internal This side has ended, the peer has not. */
  abstract leftOpen(stream: Http2Stream): void;
  /** @internal More of a body came that nobody wants. */
  abstract dropped(stream: Http2Stream, bytes: number): void;
  /** @internal A stream's place is free. */
  abstract released(stream: Http2Stream): void;
  /** @internal */
  abstract isUnprocessed(stream: Http2Stream): boolean;
}
