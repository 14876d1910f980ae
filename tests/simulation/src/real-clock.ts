import type { Ticker } from "./clock.js";

/** The time of the machine. */
export class RealClock implements Ticker {
  readonly trace = 0;
  readonly steps = 0;
  readonly stoodStillMs = 0;
  readonly timers: ReadonlySet<unknown> = new Set();

  get clock(): number {
    return performance.now();
  }

  at(at: number, _source: string, _what: string, run: () => void): unknown {
    return setTimeout(run, Math.max(0, at - this.clock));
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  note(): void {}

  /** Nobody knows. */
  busy(): boolean {
    return false;
  }

  async run(until: number, stop: () => boolean = () => false): Promise<void> {
    while (!stop() && this.clock < until) await this.sleep(Math.min(5, until - this.clock));
  }

  jump(): void {}

  restore(): void {}
}
