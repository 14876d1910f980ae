import { nextTurn } from "../time.js";

/** Microtasks in a row, and bytes delivered in them, until one waits for the event loop. */
const longestRun = 64;
const mostBytes = 16 * 1024;

/**
 * When deliveries happen: in a microtask, so that no side runs within a call of the other. Now and then one waits for
 * the event loop: two sides that never wait for anything else would otherwise keep timers, and so deadlines, from ever
 * firing. Bytes count because a full lane of small messages is tens of milliseconds of work.
 */
export class Deliveries {
  count = 0;
  bytes = 0;

  schedule(task: () => void): void {
    if (++this.count < longestRun && this.bytes < mostBytes) queueMicrotask(task);
    else {
      this.count = 0;
      this.bytes = 0;
      nextTurn(task);
    }
  }
}

/** What a {@link Lane} calls, always from a turn of its own. */
export interface LaneEnds {
  /** On the reading side: the head has come. Pausing does not hold it. */
  opened(): void;
  data(chunk: Uint8Array): void;
  /** On the reading side: the last byte was delivered. */
  ended(): void;
  /** On the writing side: more can be written, after `write` returned false. */
  drain(): void;
}

/** How many bytes one direction holds before `write` says "wait": what a stream writes at once. More only makes turns long. */
const highWaterMark = 16 * 1024;

/** One direction of a stream: what one side wrote and the other has not taken yet. The bytes are not copied. */
export class Lane {
  readonly deliveries: Deliveries;
  readonly ends: LaneEnds;
  readonly run: () => void;
  chunks: Uint8Array[] = [];
  held = 0;
  opening = false;
  ending = false;
  closed = false;
  paused: boolean;
  waiting = false;
  scheduled = false;

  constructor(deliveries: Deliveries, ends: LaneEnds, paused: boolean) {
    this.deliveries = deliveries;
    this.ends = ends;
    this.paused = paused;
    // As in UnaryAttempt.
    const run = (): void => this.turn();
    this.run = run;
  }

  open(): void {
    this.opening = true;
    this.schedule();
  }

  write(bytes: Uint8Array): boolean {
    if (this.closed || this.ending || bytes.length === 0) return true;
    this.chunks.push(bytes);
    this.held += bytes.length;
    this.schedule();
    this.waiting = this.held >= highWaterMark;
    return !this.waiting;
  }

  end(bytes?: Uint8Array): void {
    if (this.closed || this.ending) return;
    if (bytes !== undefined) this.write(bytes);
    this.ending = true;
    this.schedule();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.schedule();
  }

  /** Nobody reads on: what is held goes, and writers do not wait any more. */
  close(): void {
    this.closed = true;
    this.chunks = [];
    this.held = 0;
    if (this.waiting) this.schedule();
  }

  schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.deliveries.schedule(this.run);
  }

  turn(): void {
    this.scheduled = false;
    if (this.opening) {
      this.opening = false;
      this.ends.opened();
    }
    this.deliver();
    if (this.waiting && this.held < highWaterMark) {
      this.waiting = false;
      this.ends.drain();
    }
    if (this.ending && !this.paused && !this.closed && this.chunks.length === 0) {
      this.closed = true;
      this.ends.ended();
    }
  }

  deliver(): void {
    const { chunks } = this;
    let taken = 0;
    while (taken < chunks.length && !this.paused && !this.closed) {
      const chunk = chunks[taken++] as Uint8Array;
      this.held -= chunk.length;
      this.deliveries.bytes += chunk.length;
      this.ends.data(chunk);
    }
    if (!this.closed && taken > 0) chunks.splice(0, taken);
  }
}
