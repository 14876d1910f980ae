type Task = () => void;
type Later = (task: Task) => void;

// Taken now: fake timers of a test, installed later, must not stop calls.
const { setImmediate, setTimeout } = globalThis as unknown as {
  readonly setImmediate?: Later;
  readonly setTimeout: (task: Task, ms: number) => unknown;
};

const later: Later = typeof setImmediate === "function" ? setImmediate : (task) => void setTimeout(task, 0);

/** Microtasks in a row, and bytes delivered in them, until one waits for the event loop. */
const longestRun = 64;
const mostBytes = 16 * 1024;

/**
 * When deliveries happen: in a microtask, so that no side runs within a call of the other. Now and then one waits for
 * the event loop: two sides that never wait for anything else would otherwise keep timers, and so deadlines, from ever
 * firing. Bytes count because a full lane of small messages is tens of milliseconds of work.
 */
export class Turns {
  count = 0;
  bytes = 0;

  schedule(task: Task): void {
    if (++this.count < longestRun && this.bytes < mostBytes) queueMicrotask(task);
    else {
      this.count = 0;
      this.bytes = 0;
      later(task);
    }
  }
}
