// A file of its own: frames and header blocks share it.

/** Bytes to be written, in one buffer that grows. */
export class ByteSink {
  buffer: Uint8Array;
  /** How much of `buffer` is written. Who appends, reserves first, writes from here on and moves it. */
  length = 0;

  constructor(capacity = 1024) {
    this.buffer = new Uint8Array(capacity);
  }

  /** Makes room for `n` bytes more. `buffer` may be another one afterwards. */
  reserve(n: number): void {
    const needed = this.length + n;
    if (needed <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.buffer.length));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }
}
