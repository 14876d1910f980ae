import { type Time, type Timer, useTime } from "../time.js";

interface Waiting {
  readonly at: number;
  readonly run: () => void;
  readonly background: boolean;
}

/** A time that stands still until it is told to go on. `nextTurn` is the platform's. */
export class ManualTime implements Time {
  readonly timers: Set<Waiting> = new Set();
  readonly restore: () => void;
  clock = 1000;

  constructor() {
    this.restore = useTime(this);
  }

  now(): number {
    return this.clock;
  }

  after(ms: number, run: () => void, background: boolean): Timer {
    const timer: Waiting = { at: this.clock + ms, run, background };
    this.timers.add(timer);
    return timer;
  }

  cancel(timer: Timer): void {
    this.timers.delete(timer as Waiting);
  }

  nextTurn(run: () => void): void {
    setImmediate(run);
  }

  work(start: (done: () => void) => void, done: () => void): void {
    start(done);
  }

  random(): number {
    return 0.5;
  }

  /** Lets time pass: timers fire when they are due, and what waits for promises has its turn after each. */
  async pass(ms: number): Promise<void> {
    const end = this.clock + ms;
    for (;;) {
      const next = [...this.timers].sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.timers.delete(next);
      this.clock = next.at;
      next.run();
      await settled();
    }
    this.clock = end;
    await settled();
  }
}

/** Everything that waits for nothing but promises is done. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
