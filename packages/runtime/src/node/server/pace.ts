// A file of its own: the streams of all HTTP versions judge the pace of their requests with it.

/** From when on the pace is judged: a request may begin slowly. */
const graceMs = 5_000;

/** How fast the body of a request comes, in the time in which it is awaited. */
export class Pace {
  awaitedMs: number;
  /** When it was looked at last while it was awaited; -1: it was not. */
  lookedAt: number;

  constructor() {
    this.awaitedMs = 0;
    this.lookedAt = -1;
  }

  /** Is it too slow, with so many bytes so far? Called now and then. */
  isTooSlow(time: number, awaited: boolean, bytes: number, minBytesPerSecond: number): boolean {
    if (awaited && this.lookedAt >= 0) this.awaitedMs += time - this.lookedAt;
    this.lookedAt = awaited ? time : -1;
    return awaited && this.awaitedMs > graceMs && bytes * 1_000 < minBytesPerSecond * this.awaitedMs;
  }
}
