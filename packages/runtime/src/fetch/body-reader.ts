/** Where a {@link BodyReader} delivers. Never called from within `resume()`. */
export interface BodyTarget {
  data(chunk: Uint8Array): void;
  ended(): void;
  /** The body broke: the platform's reason. */
  broken(reason: unknown): void;
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type ReadResult = { readonly done: boolean; readonly value?: Uint8Array | undefined };

/**
 * Pushes a platform stream into a target, and reads only while it is not paused: so the platform's
 * own flow control holds the peer back.
 */
export class BodyReader {
  readonly reader: Reader;
  readonly target: BodyTarget;
  readonly taken: (result: ReadResult) => void;
  readonly failed: (reason: unknown) => void;
  paused = true;
  reading = false;
  over = false;
  /** What a read gave after the pause. */
  held: ReadResult | undefined = undefined;

  /** Begins paused. */
  constructor(stream: ReadableStream<Uint8Array>, target: BodyTarget) {
    this.reader = stream.getReader() as Reader;
    this.target = target;
    // As in UnaryAttempt.
    const taken = (result: ReadResult): void => {
      this.reading = false;
      if (this.paused && !this.over) this.held = result;
      else this.deliver(result);
    };
    const failed = (reason: unknown): void => {
      this.reading = false;
      if (this.over) return;
      this.over = true;
      target.broken(reason);
    };
    this.taken = taken;
    this.failed = failed;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    if (!this.paused || this.over) return;
    this.paused = false;
    if (this.held !== undefined) queueMicrotask(() => this.deliverHeld());
    else this.pull();
  }

  deliverHeld(): void {
    const { held } = this;
    if (this.paused || held === undefined) return;
    this.held = undefined;
    this.deliver(held);
  }

  deliver(result: ReadResult): void {
    if (this.over) return;
    if (result.done) {
      this.over = true;
      this.target.ended();
      return;
    }
    const chunk = result.value as Uint8Array;
    // A stream made by hand can hold anything.
    if (!ArrayBuffer.isView(chunk)) {
      this.cancel();
      this.target.broken(new TypeError("the body has chunks that are no bytes"));
      return;
    }
    if (chunk.byteLength > 0) this.target.data(chunk);
    this.pull();
  }

  pull(): void {
    if (this.paused || this.over || this.reading) return;
    this.reading = true;
    this.reader.read().then(this.taken, this.failed);
  }

  /** Stops reading and tells the platform that nobody wants the rest. Nothing is delivered after it. */
  cancel(): void {
    this.over = true;
    this.held = undefined;
    this.reader.cancel().then(ignore, ignore);
  }
}

function ignore(): void {
  // Whoever gives a body up does not care how that went.
}
