import { BodyReader, type ReadResult } from "./body-reader.js";

/** Reads only while it is not paused: so the platform's own flow control holds the peer back. It begins paused. */
export class PausableBodyReader extends BodyReader {
  paused = true;
  reading = false;
  /** What a read gave after the pause. */
  held: ReadResult | undefined = undefined;

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
    super.deliver(held);
  }

  override deliver(result: ReadResult): void {
    this.reading = false;
    if (this.paused && !this.over) this.held = result;
    else super.deliver(result);
  }

  override pull(): void {
    if (this.paused || this.reading) return;
    this.reading = true;
    super.pull();
  }

  override cancel(): void {
    this.held = undefined;
    super.cancel();
  }
}
