import { afterInBackground, nextTurn, now, type Timer } from "../../time.js";

/** What can stall: an exchange whose peer does not read. */
export interface Stallable {
  /** Bytes that wait to be taken. They go down in steps, which may be large. */
  waiting(): number;
  /** Becomes another number when the peer takes something of what its connection sends. */
  moved(): number;
  /** Nothing else is sent on its connection meanwhile. */
  readonly alone: boolean;
  /** The peer has taken nothing for too long. */
  stalled(): void;
}

interface Progress {
  waiting: number;
  since: number;
  moved: number;
  movedSince: number;
}

/** How many times longer an exchange may take whose connection moves: it may be this exchange that moves it. */
const patience = 5;
/** How often to look, in milliseconds, at most: so exact is the timeout. */
const maxIntervalMs = 400;

/**
 * Ends exchanges whose peer has taken nothing for a time. One timer for all of them, which runs only while
 * there are exchanges to watch. Nearly all of them are gone before it looks at them the first time, and cost
 * hardly anything; nothing at all where they are gathered when it looks.
 */
export class StallWatch {
  readonly timeoutMs: number;
  /** Without progress as long as nobody has looked at them. */
  readonly exchanges: Map<Stallable, Progress | undefined>;
  /** Adds those that nobody has added before. */
  readonly gather: (() => void) | undefined;
  timer: Timer | undefined;

  constructor(timeoutMs: number, gather?: () => void) {
    this.timeoutMs = timeoutMs;
    this.gather = gather;
    this.exchanges = new Map();
    this.timer = undefined;
  }

  add(exchange: Stallable): void {
    if (this.exchanges.has(exchange)) return;
    this.exchanges.set(exchange, undefined);
    this.wake();
  }

  /** Something may have to be watched. */
  wake(): void {
    if (this.timer === undefined) this.lookLater();
  }

  lookLater(): void {
    const intervalMs = Math.max(10, Math.min(this.timeoutMs / 8, maxIntervalMs));
    this.timer = afterInBackground(intervalMs, () => {
      // This process may have been too busy to see what was taken, or came, in time.
      nextTurn(() => {
        this.timer = undefined;
        this.look();
        if (this.exchanges.size > 0) this.wake();
      });
    });
  }

  remove(exchange: Stallable): void {
    this.exchanges.delete(exchange);
  }

  look(): void {
    this.gather?.();
    const time = now();
    for (const [exchange, progress] of this.exchanges) {
      const waiting = exchange.waiting();
      const moved = exchange.moved();
      if (progress === undefined) {
        this.exchanges.set(exchange, { waiting, since: time, moved, movedSince: time });
        continue;
      }
      const moves = moved !== progress.moved;
      if (moves) {
        progress.moved = moved;
        progress.movedSince = time;
      }
      if (waiting !== progress.waiting || (moves && exchange.alone)) {
        progress.waiting = waiting;
        progress.since = time;
        continue;
      }
      const limit = time - progress.movedSince >= this.timeoutMs ? this.timeoutMs : this.timeoutMs * patience;
      if (time - progress.since < limit) continue;
      this.remove(exchange);
      exchange.stalled();
    }
  }
}
