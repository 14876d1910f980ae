/** What can stall: a stream whose peer does not read. */
export interface Stallable {
  /** Bytes that wait to be taken. */
  readonly writableLength: number;
  destroy(error?: Error): unknown;
}

interface Progress {
  waiting: number;
  since: number;
}

/**
 * Destroys streams whose peer has taken nothing for a time. One timer for all of them, which runs only while
 * there is a stream to watch: a call whose peer reads costs nothing.
 */
export class StallWatch {
  readonly timeoutMs: number;
  readonly streams: Map<Stallable, Progress>;
  timer: ReturnType<typeof setInterval> | undefined;

  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs;
    this.streams = new Map();
    this.timer = undefined;
  }

  add(stream: Stallable): void {
    if (this.streams.has(stream)) return;
    this.streams.set(stream, { waiting: stream.writableLength, since: Date.now() });
    if (this.timer !== undefined) return;
    this.timer = setInterval(() => this.look(), Math.max(10, Math.min(this.timeoutMs / 4, 5_000)));
    this.timer.unref();
  }

  remove(stream: Stallable): void {
    if (!this.streams.delete(stream) || this.streams.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  look(): void {
    const now = Date.now();
    for (const [stream, progress] of this.streams) {
      const { writableLength } = stream;
      if (writableLength !== progress.waiting) {
        progress.waiting = writableLength;
        progress.since = now;
      } else if (now - progress.since >= this.timeoutMs) {
        this.remove(stream);
        stream.destroy();
      }
    }
  }
}
