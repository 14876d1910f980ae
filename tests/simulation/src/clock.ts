import { type Time, type Timer, useTime } from "../../../packages/runtime/src/time.js";
import { Chance } from "./chance.js";

/** In one turn of an event loop timers come first, then what sockets have, then what waits for the next turn. */
type Source = "timer" | "network" | "user";

interface Due {
  at: number;
  order: number;
  readonly source: Source;
  readonly run: () => void;
  readonly background: boolean;
  readonly what: string;
  dropped: boolean;
}

/** So many steps are taken in a turn of Node's own event loop. */
const stepsInTurn = 16;

/** More steps than any schedule needs. */
const mostSteps = 1_000_000;

/** Time, as the world goes by it. */
export interface Ticker {
  readonly clock: number;
  readonly trace: number;
  readonly steps: number;
  /** How long all stood still so far. */
  readonly stoodStillMs: number;
  /** Timers of the runtime that are set, where that is known. */
  readonly timers: ReadonlySet<unknown>;
  /** Something that happens at a time of the network or of people. */
  at(at: number, source: "network" | "user", what: string, run: () => void): unknown;
  sleep(ms: number): Promise<void>;
  note(what: string): void;
  /** Whether anything would happen up to a time. */
  busy(until: number): boolean;
  /** Lets things happen up to a time, or until `stop` says so. */
  run(until: number, stop?: () => boolean): Promise<void>;
  /** All stands still for a time, as in a process that was stopped: what came meanwhile is found afterwards. */
  jump(ms: number): void;
  restore(): void;
}

/** A simulated event loop: everything that waits for time, for the network or for a turn is run by it, one after the other. */
export class Clock implements Time, Ticker {
  readonly chance: Chance;
  readonly queue: Due[] = [];
  turns: (() => void)[] = [];
  /** What the turn's end has still to run. */
  ending: (() => void)[] = [];
  clock = 1000;
  order = 0;
  steps = 0;
  stoodStillMs = 0;
  /** Says in one number what ran when. */
  trace = 0x811c9dc5;
  readonly restore: () => void;
  /** Timers of the runtime that are set. */
  readonly timers: Set<Due> = new Set();
  readonly keep: ((line: string) => void) | undefined;

  constructor(key: string, keep?: (line: string) => void) {
    this.chance = new Chance(`${key} time`);
    this.keep = keep;
    this.restore = useTime(this);
  }

  now(): number {
    return this.clock;
  }

  after(ms: number, run: () => void, background: boolean): Timer {
    if (!(ms >= 0 && ms <= 0x7fff_ffff)) throw new RangeError(`a timer of ${ms} ms`);
    // Node's have whole milliseconds, at least one.
    const timer = this.add("timer", this.clock + Math.max(1, Math.floor(ms)), run, background, "timer");
    this.timers.add(timer);
    return timer;
  }

  cancel(timer: Timer): void {
    (timer as Due).dropped = true;
    this.timers.delete(timer as Due);
  }

  nextTurn(run: () => void): void {
    this.turns.push(run);
  }

  work(start: (done: () => void) => void, done: () => void): void {
    start(done);
  }

  random(): number {
    return this.chance.next();
  }

  /** Something that happens at a time of the network or of people. */
  at(at: number, source: "network" | "user", what: string, run: () => void): Timer {
    return this.add(source, Math.max(at, this.clock), run, false, what);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.at(this.clock + ms, "user", "wakes", resolve));
  }

  note(what: string): void {
    let trace = Math.imul(this.trace ^ Math.trunc(this.clock * 1000), 0x0100_0193);
    for (let i = 0; i < what.length; i++) trace = Math.imul(trace ^ what.charCodeAt(i), 0x0100_0193);
    this.trace = trace >>> 0;
    this.keep?.(`${this.clock.toFixed(3)} ${what}`);
  }

  add(source: Source, at: number, run: () => void, background: boolean, what: string): Due {
    const due: Due = { at, order: this.order++, source, run, background, what, dropped: false };
    const { queue } = this;
    let i = queue.length;
    queue.push(due);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(due, queue[parent] as Due)) break;
      queue[i] = queue[parent] as Due;
      i = parent;
    }
    queue[i] = due;
    return due;
  }

  take(): Due {
    const { queue } = this;
    const first = queue[0] as Due;
    const last = queue.pop() as Due;
    const { length } = queue;
    if (length === 0) return first;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= length) break;
      if (child + 1 < length && before(queue[child + 1] as Due, queue[child] as Due)) child++;
      if (!before(queue[child] as Due, last)) break;
      queue[i] = queue[child] as Due;
      i = child;
    }
    queue[i] = last;
    return first;
  }

  /** The first that is still wanted. */
  peek(): Due | undefined {
    while (this.queue[0]?.dropped === true) this.take();
    return this.queue[0];
  }

  /** Whether anything would happen up to a time. What is in the background does not count, nor what arrives at once: that may be a PING. */
  busy(until: number): boolean {
    if (this.turns.length + this.ending.length > 0) return true;
    const soon = this.clock + 1000;
    return this.queue.some(
      ({ at, dropped, background, source }) =>
        !dropped && !background && at <= until && (source !== "network" || at > soon),
    );
  }

  /** Runs all that is due up to a time, or until nothing is left to wait for; then it is that time, unless `stop` said so before. */
  run(until: number, stop: () => boolean = () => false): Promise<void> {
    return new Promise((resolve, reject) => {
      let over = false;
      let waiting = 0;
      // Promises, and what Node's streams put off, have their turn after each. Many wait for one turn of Node's own loop, as each costs
      // a look at the sockets that there are none of.
      const more = (): void => {
        for (; waiting < stepsInTurn; waiting++) setImmediate(step);
      };
      const step = (): void => {
        waiting--;
        if (over) return;
        try {
          over = stop() || !this.step(until);
          if (over) resolve();
          else if (waiting === 0) more();
        } catch (error) {
          over = true;
          reject(error);
        }
      };
      more();
    });
  }

  /** Runs one thing. In a turn come timers first, then what sockets have, then what waited for the turn's end. False: there is nothing. */
  step(until: number): boolean {
    if (++this.steps > mostSteps) throw new Error(`more than ${mostSteps} steps: something goes on for ever`);
    const late = this.ending.shift();
    if (late !== undefined) {
      late();
      return true;
    }
    const next = this.peek();
    if (next !== undefined && next.at <= this.clock) {
      this.take();
      this.fire(next);
    } else if (this.turns.length > 0) {
      this.ending = this.turns;
      this.turns = [];
      this.clock += this.chance.next() / 64;
    } else {
      const more = next !== undefined && next.at <= until;
      this.clock = Math.max(this.clock, more ? next.at : until);
      return more;
    }
    return true;
  }

  fire(due: Due): void {
    if (due.source === "timer") this.timers.delete(due);
    this.note(due.what);
    due.run();
  }

  /** All stands still for a time, as in a process that was stopped: what came meanwhile is found afterwards. */
  jump(ms: number): void {
    this.clock += ms;
    this.stoodStillMs += ms;
    const late = this.queue.filter(({ at, dropped }) => !dropped && at <= this.clock);
    late.sort((a, b) => rank[a.source] - rank[b.source] || a.at - b.at || a.order - b.order);
    for (const due of late) {
      due.at = this.clock;
      due.order = this.order++;
    }
    this.queue.sort((a, b) => (before(a, b) ? -1 : 1));
  }
}

const rank = { timer: 0, user: 1, network: 2 };

/** What became due together, by a jump of the clock, runs as an event loop would. */
function before(a: Due, b: Due): boolean {
  if (a.at !== b.at) return a.at < b.at;
  if (a.source !== b.source) return rank[a.source] < rank[b.source];
  return a.order < b.order;
}
