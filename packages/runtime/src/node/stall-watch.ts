/** What can stall: an exchange whose peer does not read. */
export interface Stallable {
  /** Bytes that wait to be taken. They go down in steps, which may be large. */
  waiting(): number;
  /** Bytes that its connection has sent, for this exchange and others. */
  sent(): number;
  /** The peer has taken nothing for too long. */
  stalled(): void;
}

interface Progress {
  waiting: number;
  since: number;
  sent: number;
  sentSince: number;
}

/** How many times longer an exchange may take whose connection moves: it may be this exchange that moves it. */
const patience = 5;

/**
 * Ends exchanges whose peer has taken nothing for a time. One timer for all of them, which runs only while
 * there are exchanges to watch. Nearly all of them are gone before it looks at them the first time, and cost
 * hardly anything.
 */
export class StallWatch {
  readonly timeoutMs: number;
  /** Without progress as long as nobody has looked at them. */
  readonly exchanges: Map<Stallable, Progress | undefined>;
  timer: ReturnType<typeof setInterval> | undefined;

  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs;
    this.exchanges = new Map();
    this.timer = undefined;
  }

  add(exchange: Stallable): void {
    if (this.exchanges.has(exchange)) return;
    this.exchanges.set(exchange, undefined);
    if (this.timer !== undefined) return;
    this.timer = setInterval(() => this.look(), Math.max(10, Math.min(this.timeoutMs / 4, 5_000)));
    this.timer.unref();
  }

  remove(exchange: Stallable): void {
    this.exchanges.delete(exchange);
  }

  look(): void {
    if (this.exchanges.size === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
      return;
    }
    const now = Date.now();
    for (const [exchange, progress] of this.exchanges) {
      const waiting = exchange.waiting();
      const sent = exchange.sent();
      if (progress === undefined) {
        this.exchanges.set(exchange, { waiting, since: now, sent, sentSince: now });
        continue;
      }
      if (sent !== progress.sent) {
        progress.sent = sent;
        progress.sentSince = now;
      }
      if (waiting !== progress.waiting) {
        progress.waiting = waiting;
        progress.since = now;
        continue;
      }
      const limit = now - progress.sentSince >= this.timeoutMs ? this.timeoutMs : this.timeoutMs * patience;
      if (now - progress.since < limit) continue;
      this.remove(exchange);
      exchange.stalled();
    }
  }
}
