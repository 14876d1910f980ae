import { ConnectionError } from "./connection-error.js";
import { defaultWindow, ErrorCode, max31 } from "./frame/codes.js";
import type { Http2Stream } from "./stream.js";

/** How much a connection takes in. Sizes are in bytes. */
export interface ReceiveOptions {
  /** What the peer may send on a stream before anything is read. @default 65536 */
  readonly initialWindow: number;
  /** The most that one stream may hold and have on its way. @default what the budget allows */
  readonly maxStreamWindow: number;
  /** What all streams together may have beyond their initial windows. @default 16777216 */
  readonly budget: number;
  /** What the oldest stream may have when the budget is spent, so that it can finish: at least a message. @default 4194304 */
  readonly reserve: number;
  readonly maxHeldBytes: number;
}

/** What the windows say to the peer, and how a stream is broken off. */
export interface CreditOwner {
  /** Whole milliseconds. */
  readonly clock: number;
  /** The shortest round trip seen, in milliseconds. */
  readonly roundTrip: number;
  readonly streams: ReadonlyMap<number, Http2Stream>;
  sendWindowUpdate(streamId: number, increment: number): void;
  calm(stream: Http2Stream, message: string): void;
}

/** What a WINDOW_UPDATE is worth sending for, in bytes. */
const minCredit = 16_384;
/** Into how many parts a window is divided to be given back: what is read and not given back is lost to the peer's speed. */
const fewestParts = 2;
const mostParts = 32;
/** How much larger a window becomes that is too small for the path. */
const growth = 4;
/** How long a stream that starves others may do nothing, in milliseconds. */
export const idleUploadMs = 60_000;

/**
 * The receiving half of flow control. Each stream has its initial window for itself. What it gets beyond that comes out of
 * one budget, oldest stream first: it covers what is held and what the peer may still send, so that memory is bounded
 * whatever the peer does. The connection's own window is kept so large that it never is what stops a stream: the peer
 * chooses which streams spend it, so it could not keep the oldest going.
 */
export class ReceiveCredit {
  readonly options: ReceiveOptions;
  readonly owner: CreditOwner;
  /** What the peer may send on the connection. */
  window: number;
  /** The initial window that the peer goes by: it acknowledged it. */
  initialWindow: number;
  /** What is received and not consumed, over all streams. */
  held: number;
  /** What streams have beyond their initial windows. */
  spent: number;
  /** What a stream's window is raised to: it grows as long as streams use it up within two round trips. */
  target: number;
  /** Streams that want more than the budget has. */
  readonly starved: Set<Http2Stream>;
  /** The one of them for which the budget was too small last: before something is released, it is so for all that are younger. */
  blocked: Http2Stream | undefined;

  constructor(options: ReceiveOptions, owner: CreditOwner) {
    this.options = options;
    this.owner = owner;
    this.window = defaultWindow;
    this.initialWindow = defaultWindow;
    this.held = 0;
    this.spent = 0;
    this.target = options.initialWindow;
    this.starved = new Set();
    this.blocked = undefined;
  }

  /** Raises the connection's window when the streams that are open could use it up. */
  openConnection(): void {
    const { initialWindow, budget, reserve } = this.options;
    const needed = (this.owner.streams.size + 1) * Math.max(initialWindow, defaultWindow) + budget + reserve;
    if (this.window >= needed) return;
    const raised = Math.min(max31, 2 * needed);
    if (raised <= this.window) return;
    this.owner.sendWindowUpdate(0, raised - this.window);
    this.window = raised;
  }

  /** A DATA frame's bytes, padding included, for any stream. @throws ConnectionError */
  receivedAny(bytes: number): void {
    this.window -= bytes;
    if (this.window < 0) {
      throw new ConnectionError(ErrorCode.flowControlError, "more DATA than the connection's window allows");
    }
    this.openConnection();
  }

  open(stream: Http2Stream): void {
    stream.receiveWindow = this.initialWindow;
    stream.progressAt = this.owner.clock;
    stream.measuredAt = this.owner.clock;
    this.openConnection();
  }

  /** False when the stream's window does not allow it. */
  received(stream: Http2Stream, bytes: number): boolean {
    stream.receiveWindow -= bytes;
    // A window can be negative (RFC 9113 section 6.9.2), and a frame of no bytes passes all the same.
    if (stream.receiveWindow < 0 && bytes > 0) return false;
    stream.held += bytes;
    stream.arrived += bytes;
    this.held += bytes;
    stream.progressAt = this.owner.clock;
    if (this.held > this.options.maxHeldBytes) this.relieve(stream);
    return true;
  }

  consumed(stream: Http2Stream, bytes: number): void {
    const n = Math.min(bytes, stream.held);
    if (!(n > 0)) return;
    stream.held -= n;
    this.held -= n;
    stream.progressAt = this.owner.clock;
    if (stream.extra > 0) this.account(stream);
    // Its own window has room now.
    if (this.blocked === stream) this.blocked = undefined;
    this.replenish(stream);
  }

  /** The peer sends no more on it. */
  ended(stream: Http2Stream): void {
    stream.receiveWindow = 0;
    const wasStarved = this.starved.delete(stream);
    if (this.blocked === stream) this.blocked = undefined;
    if (stream.extra > 0) this.account(stream);
    // Another one is the oldest now.
    if (wasStarved && this.starved.size > 0) this.feed();
  }

  closed(stream: Http2Stream): void {
    this.held -= stream.held;
    stream.held = 0;
    this.ended(stream);
  }

  /** The peer acknowledged the initial window. */
  acknowledged(initialWindow: number): void {
    const difference = initialWindow - this.initialWindow;
    if (difference === 0) return;
    this.initialWindow = initialWindow;
    for (const stream of this.owner.streams.values()) {
      if (stream.remoteClosed) continue;
      stream.receiveWindow += difference;
      // What was consumed until now was little of the larger window, and may be all of the smaller one.
      if (difference < 0) this.replenish(stream);
    }
  }

  /** Gives the stream credit, when enough of what it should have is used up and it is not held back. */
  replenish(stream: Http2Stream): void {
    const { options } = this;
    // Most streams end within their initial window.
    const full = stream.credited ? this.target : this.initialWindow;
    if (full - stream.receiveWindow < (stream.credited ? this.creditStep(full) : full / fewestParts)) return;
    if (stream.remoteClosed || stream.closed || stream.paused || stream.dropping) return;
    this.adapt(stream);
    const wanted = Math.min(this.target, options.maxStreamWindow - stream.held);
    const free = Math.max(0, options.budget - this.spent + stream.extra) + options.initialWindow - stream.held;
    if (free >= wanted) {
      this.starved.delete(stream);
      this.grant(stream, wanted);
    } else {
      this.starved.add(stream);
      // Its initial window is its own, whatever others wait for.
      this.grant(stream, Math.min(wanted, options.initialWindow - stream.held));
      if (this.blocked === undefined || stream.id < this.blocked.id) this.feed();
    }
  }

  /** How much of a window is given back at once: the longer the path, the less. On a short one there is nothing to be gained. */
  creditStep(window: number): number {
    const parts = Math.min(mostParts, Math.max(fewestParts, this.owner.roundTrip));
    return Math.max(Math.min(minCredit, window / fewestParts), window / parts);
  }

  /** Raises the stream's window to `window`, when that is worth a frame. */
  grant(stream: Http2Stream, window: number): void {
    const credit = window - stream.receiveWindow;
    if (credit <= 0 || (credit < minCredit && stream.receiveWindow > 0)) return;
    // Its peer can go on from now on.
    if (stream.receiveWindow <= 0) stream.progressAt = this.owner.clock;
    stream.receiveWindow = window;
    stream.credited = true;
    this.account(stream);
    this.owner.sendWindowUpdate(stream.id, credit);
  }

  /** Raises the target when a stream has used up half of it within two round trips: it is too small for the path. */
  adapt(stream: Http2Stream): void {
    const { budget, initialWindow, maxStreamWindow } = this.options;
    const { clock, roundTrip } = this.owner;
    if (clock - stream.measuredAt <= 2 * Math.max(1, roundTrip)) {
      // What has just begun may end soon: it has to use up all.
      const enough = stream.credited ? this.target / 2 : this.initialWindow;
      if (stream.arrived < enough) return;
      const most = Math.min(maxStreamWindow, Math.max(initialWindow, Math.floor(budget / 2)));
      this.target = Math.max(this.target, Math.min(most, growth * this.target));
    }
    stream.measuredAt = clock;
    stream.arrived = 0;
  }

  /** Books what the stream has beyond its initial window. */
  account(stream: Http2Stream): void {
    const extra = Math.max(0, stream.receiveWindow + stream.held - this.options.initialWindow);
    const released = stream.extra - extra;
    this.spent -= released;
    stream.extra = extra;
    if (released > 0 && this.starved.size > 0) this.feed();
  }

  /** Gives what the budget has to the streams that want it, the oldest first. */
  feed(): void {
    const { budget, reserve, initialWindow, maxStreamWindow } = this.options;
    const privileged = this.oldestUser();
    this.blocked = undefined;
    for (let stream = this.oldestStarved(); stream !== undefined; stream = this.oldestStarved()) {
      const left = Math.max(budget - this.spent + stream.extra, stream === privileged ? reserve : 0);
      const wanted = Math.min(this.target, maxStreamWindow - stream.held);
      const window = Math.min(wanted, left + initialWindow - stream.held);
      if (window - stream.receiveWindow < Math.min(minCredit, wanted - stream.receiveWindow)) {
        this.blocked = stream;
        return;
      }
      if (window === wanted) this.starved.delete(stream);
      this.grant(stream, window);
      if (window < wanted) {
        this.blocked = stream;
        return;
      }
    }
  }

  /** The oldest stream that has or wants something of the budget: it alone gets the reserve, whatever the others have. */
  oldestUser(): Http2Stream | undefined {
    for (const stream of this.owner.streams.values()) {
      if (stream.extra > 0 || this.starved.has(stream)) return stream;
    }
    return undefined;
  }

  oldestStarved(): Http2Stream | undefined {
    let oldest: Http2Stream | undefined;
    for (const stream of this.starved) if (oldest === undefined || stream.id < oldest.id) oldest = stream;
    return oldest;
  }

  /** More is held than there may be: the youngest stream that does not go on ends, or the youngest of all. */
  relieve(current: Http2Stream): void {
    const { clock } = this.owner;
    const victim = this.youngest(clock - 1000) ?? this.youngest(Number.POSITIVE_INFINITY) ?? current;
    this.owner.calm(victim, `the connection holds more than ${this.options.maxHeldBytes} bytes that were not consumed`);
  }

  /** Streams wait for the budget, and others that have it do nothing: the youngest of those ends. */
  relieveStarved(now: number): void {
    if (this.starved.size === 0) return;
    const victim = this.youngest(now - idleUploadMs, true);
    if (victim !== undefined) {
      this.owner.calm(victim, "the connection's budget is spent, and the stream did not go on");
    }
  }

  /**
   * The youngest stream that holds something and has not gone on since a time.
   *
   * @param ofBudget - something of the budget, and it could have gone on
   */
  youngest(since: number, ofBudget = false): Http2Stream | undefined {
    let youngest: Http2Stream | undefined;
    for (const stream of this.owner.streams.values()) {
      if (stream.extra === 0 && (ofBudget || stream.held === 0)) continue;
      // It waits for credit itself.
      if (ofBudget && stream.receiveWindow <= 0 && this.starved.has(stream)) continue;
      if (stream.progressAt <= since && (youngest === undefined || stream.id > youngest.id)) youngest = stream;
    }
    return youngest;
  }
}
