import { defaultWindow, flagEndStream, frameData } from "./frame/codes.js";
import type { FrameWriter } from "./frame/frame-writer.js";
import { WaitingBytes } from "./pieces.js";
import type { Settings } from "./settings.js";
import { type Http2Stream, StreamLine } from "./stream.js";

/** How much DATA goes to the transport before it has taken what it has. */
const outputBytes = 524_288;
/** How much waits on a stream before `sendData` returns false, and when `onDrain` is called. */
const queueBytes = 65_536;
const drainBytes = 16_384;
/** The largest frame that is sent, whatever the peer allows: it bounds how long others wait for their turn. */
const maxTurnBytes = 65_536;
/** What may go without a turn while others wait for theirs. */
const smallBytes = 16_384;
/** What may go beyond a turn: a message of a round size has a prefix, and a few bytes that are left would wait for the next turn. */
const spareBytes = 1024;
/** How much streams that have just begun to send may go ahead of those that have sent a whole turn. */
const aheadBytes = 131_072;

/** What a queue asks of its connection. */
export interface SendQueueOwner {
  /** Whole milliseconds. */
  readonly clock: number;
  askFlush(): void;
  /** END_STREAM is in the output. */
  localClosed(stream: Http2Stream): void;
  /** Writes the trailers, with END_STREAM. */
  writeTrailers(stream: Http2Stream, trailers: readonly string[]): void;
  /** A frame of a body went that no window had cut. */
  dataSent(): void;
  /** A frame, or a part of one, is in the output. */
  wrote(type: number, flags: number, streamId: number, length: number): void;
  /** A stream has something that could not go at once. */
  dataWaits(): void;
}

/**
 * The sending half of flow control: what waits for the peer's windows, for the transport, or for its turn. Streams send at
 * most a frame in a turn; those that have not sent a whole turn yet come first, so that small messages need not wait for
 * large ones.
 */
export class SendQueue {
  readonly owner: SendQueueOwner;
  readonly writer: FrameWriter;
  readonly peer: Settings;
  /** What may be sent on the connection. */
  window: number;
  readonly fresh: StreamLine;
  readonly busy: StreamLine;
  /** What fresh streams have sent since a busy one had its turn. */
  ahead: number;
  /** What waits on all streams, in bytes. */
  bytes: number;

  constructor(owner: SendQueueOwner, writer: FrameWriter, peer: Settings) {
    this.owner = owner;
    this.writer = writer;
    this.peer = peer;
    this.window = defaultWindow;
    this.fresh = new StreamLine();
    this.busy = new StreamLine();
    this.ahead = 0;
    this.bytes = 0;
  }

  /** Whether something waits that could be sent now. */
  get ready(): boolean {
    return this.window > 0 && this.hasRoom && (this.fresh.first !== undefined || this.busy.first !== undefined);
  }

  get hasRoom(): boolean {
    return this.writer.pending + this.writer.underWay < outputBytes;
  }

  get turnBytes(): number {
    return Math.min(this.peer.maxFrameSize, maxTurnBytes);
  }

  /** False: wait for `onDrain`. */
  send(stream: Http2Stream, bytes: Uint8Array): boolean {
    const n = bytes.length;
    if (n === 0) return !stream.wantsDrain;
    if (stream.queued === 0 && this.fits(stream, n)) {
      const { turnBytes } = this;
      for (let from = 0; from < n; from += turnBytes) {
        this.write(stream, bytes, from, Math.min(turnBytes, n - from));
        this.owner.dataSent();
      }
      this.owner.askFlush();
      return true;
    }
    this.enqueue(stream, bytes);
    if (stream.queued < queueBytes) return true;
    stream.wantsDrain = true;
    return false;
  }

  /** Ends the stream: in its last frame when nothing waits. */
  end(stream: Http2Stream, bytes: Uint8Array | undefined, trailers: readonly string[] | undefined): void {
    stream.trailersToSend = trailers;
    if (bytes !== undefined && bytes.length > 0) this.send(stream, bytes);
    if (stream.queued === 0) this.finish(stream);
  }

  fits(stream: Http2Stream, n: number): boolean {
    if (n > stream.sendWindow || n > this.window || n > this.turnBytes + spareBytes || stream.id === 0 || !this.hasRoom)
      return false;
    return n <= smallBytes || (this.fresh.first === undefined && this.busy.first === undefined);
  }

  write(stream: Http2Stream, bytes: Uint8Array, from: number, length: number): void {
    stream.sendWindow -= length;
    this.window -= length;
    this.owner.wrote(frameData, 0, stream.id, length);
    this.writer.data(stream.id, bytes, from, length, this.turnBytes);
  }

  enqueue(stream: Http2Stream, bytes: Uint8Array): void {
    if (stream.waiting === undefined) {
      stream.waiting = new WaitingBytes(this.owner.clock);
      this.owner.dataWaits();
    }
    stream.waiting.pieces.push(bytes);
    stream.queued += bytes.length;
    this.bytes += bytes.length;
    this.enter(stream);
  }

  /** Lines the stream up when it has something that its window allows to send. */
  enter(stream: Http2Stream): void {
    if (stream.queued === 0 || stream.sendWindow <= 0 || stream.id === 0 || stream.inLine) return;
    this.fresh.push(stream);
    if (this.window > 0) this.owner.askFlush();
  }

  finish(stream: Http2Stream): void {
    const trailers = stream.trailersToSend;
    stream.trailersToSend = undefined;
    if (trailers !== undefined) {
      this.owner.writeTrailers(stream, trailers);
    } else {
      this.owner.wrote(frameData, flagEndStream, stream.id, 0);
      this.writer.endData(stream.id);
    }
    this.owner.askFlush();
    this.owner.localClosed(stream);
  }

  /** Moves what waits into the output, as far as it has room. */
  pump(): void {
    while (this.window > 0 && this.hasRoom) {
      const stream = this.next();
      if (stream === undefined) return;
      if (stream.closed || stream.queued === 0 || stream.sendWindow <= 0) continue;
      this.turn(stream);
    }
  }

  next(): Http2Stream | undefined {
    if (this.busy.first === undefined || (this.fresh.first !== undefined && this.ahead < aheadBytes)) {
      return this.fresh.shift();
    }
    this.ahead = 0;
    return this.busy.shift();
  }

  /** One frame of the stream. */
  turn(stream: Http2Stream): void {
    const whole = Math.min(stream.queued, this.turnBytes);
    let left = Math.min(whole, stream.sendWindow, this.window);
    if (left === whole || left >= 1024) this.owner.dataSent();
    this.ahead += left;
    const waiting = stream.waiting as WaitingBytes;
    waiting.since = this.owner.clock;
    while (left > 0) {
      const { first, offset } = waiting;
      const n = Math.min(left, first.length - offset);
      this.write(stream, first, offset, n);
      left -= n;
      stream.queued -= n;
      this.bytes -= n;
      waiting.advance(n);
    }
    if (stream.queued === 0) stream.waiting = undefined;
    if (stream.queued > 0) {
      if (stream.sendWindow > 0) this.busy.push(stream);
    } else if (stream.ended) {
      this.finish(stream);
    }
    if (stream.wantsDrain && stream.queued <= drainBytes && !stream.ended) {
      stream.wantsDrain = false;
      stream.sink?.onDrain();
    }
  }

  /** Forgets what waits on the stream. */
  drop(stream: Http2Stream): void {
    stream.waiting = undefined;
    this.bytes -= stream.queued;
    stream.queued = 0;
    stream.trailersToSend = undefined;
  }
}
