import { quiet } from "./awaitable.js";

/** Where a {@link BodyReader} delivers. Never called from within `resume()`. */
export interface BodyTarget {
  data(chunk: Uint8Array): void;
  ended(): void;
  /** The body broke: the platform's reason. */
  broken(reason: unknown): void;
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;
export type ReadResult = { readonly done: boolean; readonly value?: Uint8Array | undefined };

/** Pushes a platform stream into a target. */
export class BodyReader {
  readonly reader: Reader;
  readonly target: BodyTarget;
  readonly taken: (result: ReadResult) => void;
  readonly failed: (reason: unknown) => void;
  over = false;

  /** Reads from the first {@link BodyReader.pull} on. */
  constructor(stream: ReadableStream<Uint8Array>, target: BodyTarget) {
    this.reader = stream.getReader() as Reader;
    this.target = target;
    // As in UnaryAttempt.
    const taken = (result: ReadResult): void => this.deliver(result);
    const failed = (reason: unknown): void => {
      if (this.over) return;
      this.over = true;
      target.broken(reason);
    };
    this.taken = taken;
    this.failed = failed;
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
      this.target.broken(new TypeError("the body has a chunk that is not a Uint8Array"));
      return;
    }
    if (chunk.byteLength > 0) this.target.data(chunk);
    this.pull();
  }

  pull(): void {
    if (this.over) return;
    try {
      this.reader.read().then(this.taken, this.failed);
    } catch (reason) {
      this.failed(reason);
    }
  }

  /** Stops reading and tells the platform that nobody wants the rest. Nothing is delivered after it. */
  cancel(): void {
    this.over = true;
    try {
      void quiet(this.reader.cancel());
    } catch {
      // It was no stream of the platform's.
    }
  }
}
