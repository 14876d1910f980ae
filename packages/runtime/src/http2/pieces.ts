import { ByteSink } from "./frame/byte-sink.js";

/** What waits to be sent on a stream, in order. */
export class WaitingBytes {
  readonly pieces: Uint8Array[];
  /** The first piece that waits, and how much of it has gone. */
  next: number;
  offset: number;
  /** When something of it went last, or when it began to wait, in milliseconds. */
  since: number;

  constructor(since: number) {
    this.pieces = [];
    this.next = 0;
    this.offset = 0;
    this.since = since;
  }

  get first(): Uint8Array {
    return this.pieces[this.next] as Uint8Array;
  }

  /** So many bytes of the first piece have gone. */
  advance(bytes: number): void {
    this.offset += bytes;
    if (this.offset < this.first.length) return;
    this.offset = 0;
    this.pieces[this.next++] = emptyPiece;
    // To move the rest for each piece would be quadratic.
    if (this.next < 64 || this.next * 2 < this.pieces.length) return;
    this.pieces.splice(0, this.next);
    this.next = 0;
  }
}

/** What is smaller is copied, so that many small pieces do not cost more than their bytes, nor hold the chunks they came in. */
const smallPiece = 4096;
const collectBytes = 16_384;

/** What came of a body while its stream was paused, in order. */
export class KeptBytes {
  readonly pieces: Uint8Array[];
  next: number;
  /** Small pieces are collected here, behind all others. */
  tail: ByteSink | undefined;
  /** The body's end is kept too, with its trailers. */
  ended: boolean;
  trailers: readonly string[] | undefined;
  /** It is being delivered. */
  delivering: boolean;

  constructor() {
    this.pieces = [];
    this.next = 0;
    this.tail = undefined;
    this.ended = false;
    this.trailers = undefined;
    this.delivering = false;
  }

  push(bytes: Uint8Array, start: number, end: number): void {
    if (end - start < smallPiece) {
      this.tail ??= new ByteSink(64);
      const { tail } = this;
      tail.reserve(end - start);
      tail.buffer.set(bytes.subarray(start, end), tail.length);
      tail.length += end - start;
      if (tail.length >= collectBytes) this.closeTail();
      return;
    }
    this.closeTail();
    // Less than half of a chunk would hold the whole of it.
    const half = (end - start) * 2 >= bytes.buffer.byteLength;
    this.pieces.push(half ? bytes.subarray(start, end) : bytes.slice(start, end));
  }

  closeTail(): void {
    if (this.tail !== undefined) this.pieces.push(this.tail.buffer.subarray(0, this.tail.length));
    this.tail = undefined;
  }

  shift(): Uint8Array | undefined {
    if (this.next === this.pieces.length) {
      this.pieces.length = 0;
      this.next = 0;
      this.closeTail();
    }
    const piece = this.pieces[this.next];
    if (piece === undefined) return undefined;
    this.pieces[this.next++] = emptyPiece;
    return piece;
  }
}

const emptyPiece: Uint8Array = new Uint8Array(0);
