import type { ReceiveCredit } from "./flow-control.js";
import { KeptBytes } from "./pieces.js";
import type { Http2Stream } from "./stream.js";

/** Hands the bodies that come to the streams' sinks, or keeps them for those that are paused. */
export class Delivery {
  readonly credit: ReceiveCredit;

  constructor(credit: ReceiveCredit) {
    this.credit = credit;
  }

  /** Bytes `[start, end)` of a body. */
  data(stream: Http2Stream, bytes: Uint8Array, start: number, end: number): void {
    if (stream.paused || stream.kept !== undefined) {
      stream.kept ??= new KeptBytes();
      stream.kept.push(bytes, start, end);
    } else {
      this.give(stream, new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start));
    }
  }

  give(stream: Http2Stream, bytes: Uint8Array): void {
    stream.sink?.onData(bytes);
    if (stream.autoConsume) this.credit.consumed(stream, bytes.length);
    else this.credit.replenish(stream);
  }

  /** The body's end. True when the sink was told; false when it is told behind what is kept. */
  end(stream: Http2Stream, trailers: readonly string[] | undefined): boolean {
    if (stream.paused || stream.kept !== undefined) {
      stream.kept ??= new KeptBytes();
      stream.kept.ended = true;
      stream.kept.trailers = trailers;
      return false;
    }
    stream.sink?.onEnd(trailers);
    return true;
  }

  /** Delivers what was kept, until the stream is paused again. True when its end was among it. */
  resume(stream: Http2Stream): boolean {
    stream.paused = false;
    const { kept } = stream;
    if (kept === undefined) {
      this.credit.replenish(stream);
      return false;
    }
    if (kept.delivering) return false;
    kept.delivering = true;
    while (stream.kept === kept && !stream.paused) {
      const piece = kept.shift();
      if (piece === undefined) stream.kept = undefined;
      else this.give(stream, piece);
    }
    kept.delivering = false;
    // It was paused again, or it is over.
    if (stream.kept === kept || stream.closed || stream.dropping) return false;
    if (!kept.ended) {
      this.credit.replenish(stream);
      return false;
    }
    stream.sink?.onEnd(kept.trailers);
    return true;
  }

  /** Nothing of the body is delivered any more. */
  drop(stream: Http2Stream): void {
    stream.dropping = true;
    stream.kept = undefined;
    this.credit.consumed(stream, stream.held);
  }
}
