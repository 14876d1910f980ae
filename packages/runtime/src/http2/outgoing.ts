import { ConnectionError } from "./connection-error.js";
import {
  ErrorCode,
  frameHeaders,
  frameRstStream,
  frameWindowUpdate,
  settingHeaderTableSize,
  settingInitialWindowSize,
  settingMaxFrameSize,
  settingMaxHeaderListSize,
} from "./frame/codes.js";
import { FieldRules, listBytes } from "./head.js";
import { HpackEncoder } from "./hpack/encoder.js";
import { Link } from "./link.js";
import { OldestFirst } from "./oldest-first.js";
import type { ConnectionHost, ConnectionOptions } from "./options.js";
import { SendQueue } from "./send-queue.js";
import type { Http2Stream } from "./stream.js";

/** How many streams that were reset here are remembered: their frames may still be on their way. */
const maxRemembered = 1024;

/** How a stream ends whose peer does not read it for `stalledTimeoutMs`. */
export const stalledText: string = "the peer did not read the stream for too long";

/** What a connection sends on its streams. */
export abstract class Outgoing extends Link {
  /** @internal Open streams, the oldest first. */
  readonly streams: Map<number, Http2Stream>;
  /** @internal */
  readonly queue: SendQueue;
  /** @internal */
  readonly encoder: HpackEncoder;
  /** @internal */
  readonly sentRules: FieldRules;
  /** @internal */
  readonly sentTrailerRules: FieldRules;
  /** @internal Streams that were reset here. */
  readonly resetHere: OldestFirst<number>;
  /** @internal */
  stalledCheckAt: number;

  constructor(host: ConnectionHost, options: ConnectionOptions) {
    super(host, options);
    const { headerTableBytes, neverIndexed } = this.config;
    this.streams = new Map();
    this.queue = new SendQueue(this, this.writer, this.peer);
    this.encoder = new HpackEncoder({ maxTableBytes: headerTableBytes, neverIndexed });
    this.sentRules = new FieldRules(false);
    this.sentTrailerRules = new FieldRules(false);
    this.resetHere = new OldestFirst();
    this.stalledCheckAt = Number.POSITIVE_INFINITY;
  }

  /** Streams that are open. */
  get openStreams(): number {
    return this.streams.size;
  }

  /** @internal The settings that both sides send. */
  commonSettings(): number[] {
    const { config } = this;
    const entries = [settingMaxFrameSize, config.maxFrameSize, settingMaxHeaderListSize, config.limits.maxHeaderBytes];
    if (config.headerTableBytes !== 4096) entries.push(settingHeaderTableSize, config.headerTableBytes);
    entries.push(settingInitialWindowSize, config.initialWindow);
    return entries;
  }

  /** @internal */
  override takeOutput(): Uint8Array[] {
    // What the queue writes is taken now.
    this.flushAsked = true;
    this.queue.pump();
    return super.takeOutput();
  }

  /** @internal */
  override written(): void {
    super.written();
    if (this.queue.ready && this.end === undefined) this.askFlush();
  }

  /** @internal */
  sendInformational(stream: Http2Stream, fields: readonly string[]): void {
    if (stream.headSent || stream.ended || stream.closed) return;
    this.writeHead(stream, fields, false);
  }

  /** @internal */
  sendHead(stream: Http2Stream, fields: readonly string[], endStream: boolean): void {
    if (stream.headSent || stream.ended || stream.closed) return;
    stream.headSent = true;
    stream.ended = endStream;
    if (this.writeHead(stream, fields, endStream) && endStream) this.localClosed(stream);
  }

  /** @internal False when the fields are none, and the stream was reset. */
  writeHead(stream: Http2Stream, fields: readonly string[], endStream: boolean): boolean {
    const checked = this.sentRules.check(fields);
    if (typeof checked === "string") {
      this.refuseToSend(stream, checked);
      return false;
    }
    return this.writeBlock(stream, checked, endStream);
  }

  /** @internal False when the peer does not take so many fields, and the stream was reset. */
  writeBlock(stream: Http2Stream, fields: readonly string[], endStream: boolean): boolean {
    const { maxHeaderListSize } = this.peer;
    const size = listBytes(fields);
    if (size > maxHeaderListSize) {
      const message = `${size} bytes of header fields, and the peer takes ${maxHeaderListSize}`;
      this.breakOff(stream, ErrorCode.enhanceYourCalm, message);
      return false;
    }
    this.emitBlock(stream, fields, endStream);
    return true;
  }

  /** @internal */
  emitBlock(stream: Http2Stream, fields: readonly string[], endStream: boolean): void {
    const { total } = this.writer;
    this.writer.headers(stream.id, fields, endStream, this.encoder, this.peer.maxFrameSize);
    this.wrote(frameHeaders, endStream ? 5 : 4, stream.id, this.writer.total - total - 9);
    this.askFlush();
  }

  /** @internal */
  writeTrailers(stream: Http2Stream, trailers: readonly string[]): void {
    const checked = this.sentTrailerRules.check(trailers);
    if (typeof checked === "string") this.refuseToSend(stream, checked);
    else this.writeBlock(stream, checked, true);
  }

  /** @internal */
  refuseToSend(stream: Http2Stream, what: string): void {
    this.breakOff(stream, ErrorCode.internalError, `HTTP/2 cannot carry ${what}`);
  }

  /** @internal */
  sendData(stream: Http2Stream, bytes: Uint8Array): boolean {
    if (stream.ended || stream.closed) return true;
    return this.queue.send(stream, bytes);
  }

  /** @internal */
  sendEnd(stream: Http2Stream, bytes: Uint8Array | undefined, trailers: readonly string[] | undefined): void {
    if (stream.ended || stream.closed) return;
    stream.ended = true;
    this.queue.end(stream, bytes, trailers);
  }

  /** @internal */
  writeReset(stream: Http2Stream, code: number): void {
    if (this.streams.has(stream.id)) this.sendReset(stream.id, code);
  }

  /** @internal */
  sendReset(streamId: number, code: number): void {
    this.wrote(frameRstStream, 0, streamId, 4);
    this.writer.rstStream(streamId, code);
    this.askFlush();
    const { resetHere } = this;
    resetHere.add(streamId);
    if (resetHere.size > maxRemembered) resetHere.shift();
  }

  /** @internal */
  sendWindowUpdate(streamId: number, increment: number): void {
    this.wrote(frameWindowUpdate, 0, streamId, 4);
    this.writer.windowUpdate(streamId, increment);
    this.askFlush();
  }

  /** @internal */
  dataSent(): void {
    this.counters.pings.pay(1);
    this.counters.windowUpdates.pay(3);
  }

  /** @internal */
  dataWaits(): void {
    if (this.stalledCheckAt !== Number.POSITIVE_INFINITY) return;
    this.stalledCheckAt = this.now + this.config.stalledTimeoutMs / 4;
    this.dueAt(this.stalledCheckAt);
  }

  /** @internal */
  override lookAround(): void {
    super.lookAround();
    if (this.now >= this.stalledCheckAt) this.resetStalled();
    this.due = Math.min(this.due, this.stalledCheckAt);
  }

  /** @internal */
  resetStalled(): void {
    const { stalledTimeoutMs } = this.config;
    this.stalledCheckAt = Number.POSITIVE_INFINITY;
    let waits = false;
    for (const stream of this.streams.values()) {
      if (stream.queued === 0) continue;
      waits = true;
      if (stream.waiting !== undefined && this.clock - stream.waiting.since >= stalledTimeoutMs)
        this.breakOff(stream, ErrorCode.enhanceYourCalm, stalledText);
    }
    if (waits) this.dataWaits();
  }

  /** @internal What ends the connection for others has broken a limit of the stream that it came on. */
  override failed(error: unknown): void {
    if (error instanceof ConnectionError) {
      const stream = this.streams.get(error.streamId);
      if (stream !== undefined) this.breakOff(stream, error.code, error.message);
    }
    super.failed(error);
  }

  /** @internal */
  abstract localClosed(stream: Http2Stream): void;
  /** @internal A stream error: the peer gets RST_STREAM, the sink is told. */
  abstract breakOff(stream: Http2Stream, code: number, message: string): void;
}
