import { type Time, type Timer, useTime } from "../../packages/runtime/src/time.js";

interface Waiting {
  readonly due: number;
  readonly run: () => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/**
 * The time of this process, which a test can move on: what becomes due runs before `advance` returns, in its order.
 * Otherwise it goes by as it does, for sockets do not wait.
 */
export class MovableClock implements Time {
  readonly waiting: Set<Waiting> = new Set();
  readonly restore: () => void = useTime(this);
  skipped: number = 0;

  now(): number {
    return performance.now() + this.skipped;
  }

  after(ms: number, run: () => void, background: boolean): Timer {
    const timer = setTimeout(() => this.fire(entry), ms);
    if (background) timer.unref();
    const entry: Waiting = { due: this.now() + ms, run, timer };
    this.waiting.add(entry);
    return entry;
  }

  cancel(timer: Timer): void {
    clearTimeout((timer as Waiting).timer);
    this.waiting.delete(timer as Waiting);
  }

  nextTurn(run: () => void): void {
    setImmediate(run);
  }

  work(start: (done: () => void) => void, done: () => void): void {
    start(done);
  }

  random(): number {
    return Math.random();
  }

  advance(ms: number): void {
    this.skipped += ms;
    for (;;) {
      const [first] = [...this.waiting].filter(({ due }) => due <= this.now()).sort((a, b) => a.due - b.due);
      if (first === undefined) return;
      this.fire(first);
    }
  }

  fire(entry: Waiting): void {
    this.cancel(entry);
    entry.run();
  }
}
