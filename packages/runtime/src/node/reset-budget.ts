/**
 * What nghttp2, and so every server on Node, lets a client reset on a connection before it ends it with all its calls: 1000
 * streams, and 33 more for each second (the answer to CVE-2023-44487). Half of it is for the calls that are open when the
 * connection is given up.
 */
const maxResets = 500;
const resetsPerSecond = 33;

/** Counts the streams that are reset on a connection, so that it is given up in time. */
export class ResetBudget {
  left: number;
  /** Until when seconds were credited, in milliseconds. */
  credited: number;

  constructor() {
    this.left = maxResets;
    this.credited = Date.now();
  }

  /** One more stream is reset. False when there should be no further ones. */
  spend(): boolean {
    this.credit();
    this.left--;
    return this.left > 0;
  }

  /** Whether there should be no further ones. */
  get exhausted(): boolean {
    if (this.left > 0) return false;
    this.credit();
    return this.left <= 0;
  }

  credit(): void {
    const seconds = Math.floor((Date.now() - this.credited) / 1000);
    if (seconds === 0) return;
    this.left = Math.min(maxResets, this.left + seconds * resetsPerSecond);
    this.credited += seconds * 1000;
  }
}
