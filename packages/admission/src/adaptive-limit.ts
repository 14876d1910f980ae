/** Between which numbers of calls a limit moves. */
export interface LimitRange {
  readonly initial: number;
  readonly min: number;
  readonly max: number;
}

/** What is left of the limit after an overload. */
const decrease = 0.8;
/** One overload shows in many calls: the limit falls once in so many milliseconds. */
const restMs = 100;

/**
 * How many calls may run at once: a bit more while that goes well, a fifth less after a sign of overload (AIMD, as TCP has
 * it). Until the first such sign it grows as fast as calls end.
 */
export class AdaptiveLimit {
  readonly range: LimitRange;
  value: number;
  isNew = true;
  fellAt: number = Number.NEGATIVE_INFINITY;

  constructor(range: LimitRange) {
    this.range = range;
    this.value = range.initial;
  }

  /** A call ended in time while all places were taken. */
  wasFull(): void {
    this.value = Math.min(this.range.max, this.value + (this.isNew ? 1 : 1 / this.value));
  }

  overloaded(now: number): void {
    if (now - this.fellAt < restMs) return;
    this.fellAt = now;
    this.isNew = false;
    this.value = Math.max(this.range.min, this.value * decrease);
  }
}
