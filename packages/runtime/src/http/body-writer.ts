/** Whom a {@link BodyWriter} tells what becomes of its bytes. */
export interface BodySource {
  /** More can be written, after `write` returned false. */
  drain(): void;
  /** The platform took the last byte and the end. */
  taken(): void;
  /** The platform wants no more: nothing follows. */
  refused(reason: unknown): void;
}

/** How many bytes a body holds before `write` says "wait". */
const highWaterMark = 64 * 1024;

const strategy = { highWaterMark, size: (chunk: Uint8Array): number => chunk.byteLength };

/** A body that is written by pushes, as a stream that the platform pulls from. */
export class BodyWriter {
  readonly stream: ReadableStream<Uint8Array>;
  readonly source: BodySource;
  controller!: ReadableStreamDefaultController<Uint8Array>;
  waiting = false;
  ending = false;
  over = false;

  constructor(source: BodySource) {
    this.source = source;
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.controller = controller;
        },
        pull: () => this.pulled(),
        cancel: (reason) => {
          if (this.over) return;
          this.over = true;
          this.source.refused(reason);
        },
      },
      strategy,
    );
  }

  write(bytes: Uint8Array): boolean {
    // Nobody waits for room in a body that goes nowhere.
    if (this.over || this.ending || bytes.length === 0) return true;
    this.controller.enqueue(bytes);
    if ((this.controller.desiredSize ?? 1) > 0) return true;
    this.waiting = true;
    return false;
  }

  end(bytes?: Uint8Array): void {
    if (this.over || this.ending) return;
    if (bytes !== undefined) this.write(bytes);
    this.ending = true;
    this.closeWhenEmpty();
  }

  /** Breaks the body off. */
  fail(reason: unknown): void {
    if (this.over) return;
    this.over = true;
    this.controller.error(reason);
  }

  /** Ends the body where it is, when nobody is left who reads it. Hosts print the error of a body that fails. */
  abandon(): void {
    if (this.over) return;
    this.over = true;
    this.controller.close();
  }

  pulled(): void {
    if (this.over) return;
    if (this.ending) {
      this.closeWhenEmpty();
      return;
    }
    if (!this.waiting) return;
    this.waiting = false;
    this.source.drain();
  }

  /** The end is held back until the last byte is taken, for this is the only way to learn when that was. */
  closeWhenEmpty(): void {
    if (this.controller.desiredSize !== highWaterMark) return;
    this.over = true;
    this.controller.close();
    this.source.taken();
  }
}
