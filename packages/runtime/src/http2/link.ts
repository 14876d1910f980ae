import { ConnectionError } from "./connection-error.js";
import {
  ErrorCode,
  flagAck,
  frameGoaway,
  framePing,
  framePriority,
  framePriorityUpdate,
  framePushPromise,
  frameRstStream,
  frameSettings,
  frameWindowUpdate,
} from "./frame/codes.js";
import { FrameReader } from "./frame/frame-reader.js";
import { FrameWriter } from "./frame/frame-writer.js";
import { harmless, rateTexts, requireLength, requireStream } from "./frame-rules.js";
import { type Counters, countersOf, type RateName } from "./limits.js";
import {
  type ConnectionConfig,
  type ConnectionEnd,
  type ConnectionHost,
  type ConnectionObserver,
  type ConnectionOptions,
  connectionConfig,
  type Goaway,
} from "./options.js";
import { read32, Settings, settingsPayload } from "./settings.js";

interface Ping {
  readonly at: number;
  readonly answered: ((roundTripMs: number) => void) | undefined;
}

/** What no stream belongs to: bytes in and out, time, SETTINGS, PING, GOAWAY, and the connection's end. */
export abstract class Link {
  /** @internal */
  readonly host: ConnectionHost;
  /** @internal */
  readonly config: ConnectionConfig;
  /** @internal */
  readonly observer: ConnectionObserver | undefined;
  /** What the peer did so far of what is limited by rates. */
  readonly counters: Counters;
  /** @internal */
  readonly writer: FrameWriter;
  /** @internal */
  readonly reader: FrameReader;
  /** What the peer has told of itself. */
  readonly peer: Settings;
  /** @internal Milliseconds, as the adapter told last. */
  now: number;
  /** @internal The same, whole: what streams keep is then no object. */
  clock: number;
  /** @internal When there is something to do, in milliseconds; Infinity: nothing. */
  due: number;
  /** When bytes came last. */
  lastReceivedAt: number;
  /** The peer's SETTINGS have come. */
  ready: boolean;
  /** @internal */
  settingsAcknowledged: boolean;
  /** @internal */
  readonly settingsSentAt: number;
  /** The shortest round trip seen, in milliseconds. */
  roundTrip: number;
  /** @internal */
  readonly pings: Map<number, Ping>;
  /** @internal */
  pingCount: number;
  /** @internal */
  flushAsked: boolean;
  /** How it ended, when it did. */
  end: ConnectionEnd | undefined;

  constructor(host: ConnectionHost, options: ConnectionOptions) {
    this.host = host;
    this.config = connectionConfig(options);
    this.observer = options.observer;
    this.now = options.now ?? 0;
    this.clock = Math.floor(this.now);
    this.counters = countersOf(this.config.limits, this.now);
    this.writer = new FrameWriter();
    const { maxHeaderBlockBytes, maxContinuations } = this.config.limits;
    this.reader = new FrameReader(this, {
      maxFrameSize: this.config.maxFrameSize,
      maxHeaderBlockBytes,
      maxContinuations,
    });
    this.peer = new Settings();
    this.due = this.now + this.config.settingsTimeoutMs;
    this.lastReceivedAt = this.now;
    this.ready = false;
    this.settingsAcknowledged = false;
    this.settingsSentAt = this.now;
    this.roundTrip = Number.POSITIVE_INFINITY;
    this.pings = new Map();
    this.pingCount = 0;
    this.flushAsked = false;
    this.end = undefined;
  }

  /** The connection is over. */
  get closed(): boolean {
    return this.end !== undefined;
  }

  /** @internal */
  get reading(): boolean {
    return this.end === undefined;
  }

  /** Bytes that were handed out, or wait to be, and that the transport has not taken. */
  get unsentBytes(): number {
    return this.writer.pending + this.writer.underWay;
  }

  /** Bytes came. What of them is a body is handed on without a copy: the chunk must not be written to again. */
  receive(chunk: Uint8Array): void {
    if (this.end !== undefined) return;
    this.lastReceivedAt = this.now;
    try {
      this.read(chunk);
      if (this.writer.control + this.writer.controlUnderWay > this.config.limits.maxUnsentControlBytes) {
        throw new ConnectionError(ErrorCode.enhanceYourCalm, "the peer does not read what it asks for");
      }
    } catch (error) {
      this.failed(error);
    }
  }

  /** @internal */
  read(chunk: Uint8Array): void {
    this.reader.read(chunk, 0);
  }

  /** @internal */
  failed(error: unknown): void {
    if (error instanceof ConnectionError) this.fail(error.code, error.message);
    else this.fail(ErrorCode.internalError, "an internal error", error);
  }

  /**
   * Tells the time, in milliseconds, on any clock that does not go back: before `receive`, and when `nextDue()` has come.
   *
   * @param look - whether to do what is due. Default: true; false before `receive`: what the peer has sent in time counts, also when
   *   it is read late
   */
  tick(now: number, look = true): void {
    this.now = now;
    this.clock = Math.floor(now);
    if (!look || now < this.due || this.end !== undefined) return;
    try {
      this.lookAround();
    } catch (error) {
      this.failed(error);
    }
  }

  /** When `tick` is to be called next; Infinity: not before something else happens, or never. */
  nextDue(): number {
    return this.end === undefined ? this.due : Number.POSITIVE_INFINITY;
  }

  /** @internal Something is to be done at a time. */
  dueAt(at: number): void {
    if (at >= this.due) return;
    this.due = at;
    this.host.due?.(at);
  }

  /** @internal */
  lookAround(): void {
    const settingsDue = this.settingsSentAt + this.config.settingsTimeoutMs;
    this.due = Number.POSITIVE_INFINITY;
    if (this.ready && this.settingsAcknowledged) return;
    if (this.now < settingsDue) this.due = settingsDue;
    else this.fail(ErrorCode.settingsTimeout, this.ready ? "SETTINGS were not acknowledged" : "no SETTINGS came");
  }

  /** The transport's other end sent its last byte. */
  peerEnded(): void {
    this.close({ code: ErrorCode.noError, by: "transport", message: "the peer closed the connection" });
  }

  /** The transport is gone. */
  transportLost(cause?: unknown): void {
    this.close({ code: ErrorCode.noError, by: "transport", message: "the connection was lost", cause });
  }

  /** What is to be sent now, for one write of all of it. The arrays must not be changed. */
  takeOutput(): Uint8Array[] {
    this.flushAsked = false;
    return this.writer.take();
  }

  /**
   * The transport has taken what `takeOutput` gave first of what it has not taken yet, and needs none of it any more. Once for
   * each time that `takeOutput` gave something, in their order.
   */
  written(): void {
    this.writer.sent();
  }

  /** @internal */
  askFlush(): void {
    if (this.flushAsked) return;
    this.flushAsked = true;
    this.host.flush();
  }

  /** Sends a PING. `answered` is called with the round trip in milliseconds. */
  ping(answered?: (roundTripMs: number) => void): void {
    if (this.end !== undefined) return;
    const payload = new Uint8Array(8);
    const count = ++this.pingCount;
    new DataView(payload.buffer).setUint32(4, count);
    this.pings.set(count, { at: this.now, answered });
    this.wrote(framePing, 0, 0, 8);
    this.writer.ping(payload, false);
    this.askFlush();
  }

  /** Ends the connection with a GOAWAY. */
  fail(code: number, message: string, cause?: unknown): void {
    if (this.end !== undefined) return;
    this.sendGoaway(this.lastPeerStream(), code, message);
    this.close({ code, by: "local", message, ...(cause === undefined ? undefined : { cause }) });
  }

  /** @internal */
  close(end: ConnectionEnd): void {
    if (this.end !== undefined) return;
    this.end = end;
    this.due = Number.POSITIVE_INFINITY;
    this.pings.clear();
    this.closeStreams(end);
    this.host.closed(end);
  }

  /** @internal */
  sendGoaway(lastStreamId: number, code: number, debug: string): void {
    this.wrote(frameGoaway, 0, 0, 8 + debug.length);
    this.writer.goaway(lastStreamId, code, debug);
    this.askFlush();
  }

  /** @internal The first frames. Entries are identifiers and values in turn. */
  sendSettings(entries: readonly number[]): void {
    const payload = settingsPayload(entries);
    this.wrote(frameSettings, 0, 0, payload.length);
    this.writer.settings(payload);
    this.askFlush();
  }

  /** @internal */
  wrote(type: number, flags: number, streamId: number, length: number): void {
    if (this.observer?.frame !== undefined) this.observer.frame("out", type, flags, streamId, length);
  }

  /** @internal Counts what is limited by a rate. @throws ConnectionError */
  counted(name: RateName): void {
    if (this.counters[name].add(this.now)) return;
    throw new ConnectionError(ErrorCode.enhanceYourCalm, `too many ${rateTexts[name]}`);
  }

  /** @internal */
  frame(type: number, flags: number, streamId: number, length: number): void {
    if (!this.ready && (type !== frameSettings || (flags & flagAck) !== 0)) {
      throw new ConnectionError(ErrorCode.protocolError, "the first frame is not SETTINGS");
    }
    if (this.observer?.frame !== undefined) this.observer.frame("in", type, flags, streamId, length);
  }

  /** @internal */
  control(type: number, flags: number, streamId: number, bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    switch (type) {
      case frameSettings:
        requireStream(streamId === 0, "SETTINGS");
        this.receiveSettings(flags, bytes, start, end);
        break;
      case framePing:
        requireStream(streamId === 0, "PING");
        requireLength(length === 8, "PING", length);
        this.receivePing(flags, bytes, start);
        break;
      case frameGoaway:
        requireStream(streamId === 0, "GOAWAY");
        requireLength(length >= 8, "GOAWAY", length);
        this.counted("goaways");
        this.receiveGoaway({
          lastStreamId: read32(bytes, start) & 0x7fff_ffff,
          code: read32(bytes, start + 4),
          debug: harmless(bytes, start + 8, end),
        });
        break;
      case frameWindowUpdate:
        requireLength(length === 4, "WINDOW_UPDATE", length);
        this.counted("windowUpdates");
        this.receiveWindowUpdate(streamId, read32(bytes, start) & 0x7fff_ffff);
        break;
      case frameRstStream:
        requireStream(streamId !== 0, "RST_STREAM");
        requireLength(length === 4, "RST_STREAM", length);
        this.receiveReset(streamId, read32(bytes, start));
        break;
      case framePriority:
        requireStream(streamId !== 0, "PRIORITY");
        this.counted("priorities");
        this.receivePriority(streamId, length, read32(bytes, start) & 0x7fff_ffff);
        break;
      case framePriorityUpdate:
        requireStream(streamId === 0, "PRIORITY_UPDATE");
        this.counted("priorities");
        break;
      case framePushPromise:
        throw new ConnectionError(ErrorCode.protocolError, "a PUSH_PROMISE frame where none is allowed");
      default:
        this.counted("unknownFrames");
    }
  }

  /** @internal */
  receiveSettings(flags: number, bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if ((flags & flagAck) !== 0) {
      requireLength(length === 0, "SETTINGS with ACK", length);
      if (this.settingsAcknowledged) return;
      this.settingsAcknowledged = true;
      this.roundTrip = Math.min(this.roundTrip, this.now - this.settingsSentAt);
      this.acknowledged();
      return;
    }
    requireLength(length % 6 === 0, "SETTINGS", length);
    this.counted("settings");
    const { maxSettingsEntries } = this.config.limits;
    if (length > maxSettingsEntries * 6) {
      throw new ConnectionError(ErrorCode.enhanceYourCalm, `SETTINGS with more than ${maxSettingsEntries} entries`);
    }
    this.takeSettings(bytes, start, end);
    this.wrote(frameSettings, flagAck, 0, 0);
    this.writer.settingsAck();
    this.askFlush();
    this.ready = true;
    this.host.settings?.();
  }

  /** @internal */
  receivePing(flags: number, bytes: Uint8Array, start: number): void {
    if ((flags & flagAck) !== 0) {
      const count = read32(bytes, start + 4);
      const ping = read32(bytes, start) === 0 ? this.pings.get(count) : undefined;
      if (ping === undefined) {
        this.counted("pings");
        return;
      }
      this.pings.delete(count);
      const roundTrip = this.now - ping.at;
      this.roundTrip = Math.min(this.roundTrip, roundTrip);
      ping.answered?.(roundTrip);
      return;
    }
    this.counted("pings");
    this.wrote(framePing, flagAck, 0, 8);
    this.writer.ping(bytes.slice(start, start + 8), true);
    this.askFlush();
  }

  /** @internal */
  abstract takeSettings(bytes: Uint8Array, start: number, end: number): void;
  /** @internal The peer goes by our SETTINGS. */
  abstract acknowledged(): void;
  /** @internal */
  abstract receiveGoaway(goaway: Goaway): void;
  /** @internal */
  abstract receiveWindowUpdate(streamId: number, increment: number): void;
  /** @internal */
  abstract receiveReset(streamId: number, code: number): void;
  /** @internal */
  abstract receivePriority(streamId: number, length: number, dependency: number): void;
  /** @internal */
  abstract closeStreams(end: ConnectionEnd): void;
  /** @internal The highest stream of the peer that was taken. */
  abstract lastPeerStream(): number;
  /** @internal */
  abstract dataBegins(streamId: number, length: number, padding: number): void;
  /** @internal */
  abstract dataPiece(bytes: Uint8Array, start: number, end: number): void;
  /** @internal */
  abstract dataEnds(endStream: boolean): void;
  /** @internal */
  abstract headerBlock(
    streamId: number,
    endStream: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
    selfDependent: boolean,
  ): void;
}
