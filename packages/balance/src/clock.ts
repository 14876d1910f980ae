// A file of its own: all that waits here waits on it.

/** What time is made of, for tests. Times are in milliseconds. */
export interface Clock {
  /** A clock that never goes back; its zero means nothing. */
  now(): number;
  /** Calls back once, after `ms`. What runs in the background does not keep the process alive. */
  after(ms: number, run: () => void, background: boolean): unknown;
  cancel(timer: unknown): void;
}

export const platformClock: Clock = {
  now: () => performance.now(),
  after(ms, run, background) {
    const timer: unknown = setTimeout(run, ms);
    // Browsers' timers are numbers.
    if (background) (timer as { unref?: () => void }).unref?.();
    return timer;
  },
  cancel: (timer) => clearTimeout(timer as Parameters<typeof clearTimeout>[0]),
};
