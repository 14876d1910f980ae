// The one seam of time and chance: nothing else in this package asks a clock, sets a timer or draws a random number.
// A simulator puts its own in place, and then decides every delay.

/** A timer that was set, for {@link cancel}. */
export type Timer = object | number;

/** What time and chance are made of. Times are in milliseconds. */
export interface Time {
  /** A clock that never goes back; its zero means nothing. */
  now(): number;
  /** Calls back once, in at least `ms`, which is at most 2^31 - 1. The timer does not keep the process alive when `background` is true. */
  after(ms: number, run: () => void, background: boolean): Timer;
  cancel(timer: Timer): void;
  /** Calls back when timers and sockets have had their turn. */
  nextTurn(run: () => void): void;
  /** Starts work that ends at a time of its own (of a thread pool), which calls `done` when it has ended. */
  work(start: (done: () => void) => void, done: () => void): void;
  /** From 0 to below 1. */
  random(): number;
}

/** What a simulator put in place of the platform. */
let replaced: Time | undefined;

/** Puts another time in place of the platform's, for a simulator. Returns what puts the former one back. */
export function useTime(time: Time): () => void {
  const former = replaced;
  replaced = time;
  return () => {
    replaced = former;
  };
}

// The platform's stand each in its function, so that a bundle has no more than it uses. Globals are looked up when they
// are used: fake timers of tests replace them.

export function now(): number {
  return replaced === undefined ? performance.now() : replaced.now();
}

/** Calls back once, in at least `ms` milliseconds. */
export function after(ms: number, run: () => void): Timer {
  return replaced === undefined ? (setTimeout(run, ms) as Timer) : replaced.after(ms, run, false);
}

/** As {@link after}, by a timer that does not keep the process alive. */
export function afterInBackground(ms: number, run: () => void): Timer {
  if (replaced !== undefined) return replaced.after(ms, run, true);
  const timer = after(ms, run);
  (timer as { unref?: () => void }).unref?.();
  return timer;
}

/** Takes a timer back. `undefined` is none. */
export function cancel(timer: Timer | undefined): void {
  if (timer === undefined) return;
  if (replaced === undefined) clearTimeout(timer as ReturnType<typeof setTimeout>);
  else replaced.cancel(timer);
}

export function nextTurn(run: () => void): void {
  const { setImmediate } = globalThis as { readonly setImmediate?: (run: () => void) => unknown };
  if (replaced !== undefined) replaced.nextTurn(run);
  else if (setImmediate === undefined) setTimeout(run, 0);
  else setImmediate(run);
}

export function work(start: (done: () => void) => void, done: () => void): void {
  if (replaced === undefined) start(done);
  else replaced.work(start, done);
}

export function random(): number {
  return replaced === undefined ? Math.random() : replaced.random();
}
