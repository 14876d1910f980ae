import { Duplex } from "node:stream";
import type { Chance } from "./chance.js";
import type { Ticker } from "./clock.js";
import type { FrameWatch } from "./frame-watch.js";

/** How a direction of a connection treats bytes. */
export interface Line {
  /** Milliseconds that bytes take, at least and at most. */
  readonly latency: readonly [number, number];
  /** What the system takes before the writer has to wait. */
  readonly buffer: number;
  /** How bytes are cut into what arrives at once. */
  readonly chunks: "as-written" | "coalesced" | "random" | "bytes";
}

/** After so much nothing new comes of bytes that arrive alone. */
const mostInBytes = 4000;

/** What a direction of a connection begins and ends with. */
export interface End {
  readonly name: string;
  readonly destroyed: boolean;
  bytesRead: number;
  /** Takes bytes that arrive, or the end. False: it wants no more for now. */
  push(bytes: Uint8Array | null): boolean;
  destroy(error?: Error): unknown;
}

/** One direction of a connection. */
export class Pipe {
  readonly clock: Ticker;
  readonly chance: Chance;
  readonly line: Line;
  readonly watch: FrameWatch;
  readonly from: End;
  readonly to: End;
  /** Written and not arrived. */
  waiting: { bytes: Uint8Array; at: number }[] = [];
  inFlight = 0;
  /** Writers that are told when there is room. */
  blocked: (() => void)[] = [];
  scheduled = false;
  /** The reader wants no more for now. */
  full = false;
  stalledUntil = 0;
  ended = false;
  /** Everything that is written from now on disappears. */
  broken = false;
  /** After so many more bytes the connection is cut. */
  cutAfter = Number.POSITIVE_INFINITY;
  onCut: (() => void) | undefined;
  arrived = 0;
  /** Tells an end of a reset that is on its way. */
  resets: (() => void) | undefined;
  /** What is put after a frame that passes. */
  extra: Uint8Array | undefined;
  /** Changes what passes next. */
  change: ((bytes: Uint8Array) => void) | undefined;

  constructor(clock: Ticker, chance: Chance, line: Line, from: End, to: End, watch: FrameWatch) {
    this.clock = clock;
    this.chance = chance;
    this.line = line;
    this.from = from;
    this.to = to;
    this.watch = watch;
  }

  write(bytes: Uint8Array, taken: () => void): void {
    // Node ends a response with a piece of nothing.
    if (this.broken || bytes.byteLength === 0) {
      taken();
      return;
    }
    const [low, high] = this.line.latency;
    // What a program writes later arrives later.
    const last = this.waiting.at(-1)?.at ?? 0;
    const at = Math.max(last, this.clock.clock + low + (high - low) * this.chance.next());
    // Who wrote it may write to the array again when it is taken.
    this.waiting.push({ bytes: Uint8Array.prototype.slice.call(bytes), at });
    this.inFlight += bytes.byteLength;
    if (this.inFlight <= this.line.buffer) taken();
    else this.blocked.push(taken);
    this.schedule();
  }

  end(): void {
    this.ended = true;
    this.schedule();
  }

  schedule(): void {
    const first = this.waiting[0];
    if (this.to.destroyed && first !== undefined) this.refuse();
    if (this.scheduled || this.full || this.to.destroyed) return;
    if (first === undefined && !this.ended) return;
    this.scheduled = true;
    const at = Math.max(first?.at ?? this.clock.clock + this.line.latency[0], this.stalledUntil);
    if (at === Number.POSITIVE_INFINITY) return;
    this.clock.at(at, "network", "", () => {
      this.scheduled = false;
      this.deliver();
    });
  }

  /** Bytes come to a socket that was closed: who sent them is told by a reset. */
  refuse(): void {
    if (this.broken) return;
    this.broken = true;
    const { clock, from, line } = this;
    this.reset(from, clock.clock + 2 * line.latency[0]);
  }

  /** An end hears of a reset, at a time, when what stalls the line lets it. */
  reset(end: End, at: number): void {
    this.resets = () => {
      this.resets = undefined;
      this.broken = true;
      end.destroy(resetError());
    };
    const { clock, resets } = this;
    clock.at(Math.max(at, this.stalledUntil), "network", `${end.name} is reset`, () => {
      if (this.resets === resets) resets();
    });
  }

  /** Nothing stalls the line any more. */
  heal(): void {
    this.cutAfter = Number.POSITIVE_INFINITY;
    const { clock, resets } = this;
    if (this.stalledUntil <= clock.clock) return;
    this.stalledUntil = 0;
    this.scheduled = false;
    this.schedule();
    if (resets !== undefined) clock.at(clock.clock, "network", "a reset gets through", () => this.resets?.());
  }

  deliver(): void {
    if (this.broken) return;
    if (this.to.destroyed) {
      if (this.waiting.length > 0) this.refuse();
      return;
    }
    if (this.clock.clock < this.stalledUntil) {
      this.schedule();
      return;
    }
    if (this.waiting.length === 0) {
      if (this.ended) this.finish();
      return;
    }
    const bytes = this.next();
    this.inFlight -= bytes.byteLength;
    this.arrived += bytes.byteLength;
    this.cutAfter -= bytes.byteLength;
    this.give(this.spoiled(bytes));
    while (this.blocked.length > 0 && this.inFlight <= this.line.buffer) this.blocked.shift()?.();
    if (this.cutAfter <= 0) this.onCut?.();
    else this.schedule();
  }

  give(bytes: Uint8Array): void {
    this.clock.note(`${this.to.name} gets ${bytes.byteLength}`);
    this.to.bytesRead += bytes.byteLength;
    if (!this.to.push(bytes)) this.full = true;
    this.watch.delivered(bytes);
  }

  /** Puts a frame between others: now when nothing passes. */
  insert(frame: Uint8Array): void {
    this.extra = frame;
    if (this.waiting.length > 0 || !this.watch.between || this.ended || this.broken || this.to.destroyed) return;
    this.extra = undefined;
    this.give(frame);
  }

  spoiled(bytes: Uint8Array): Uint8Array {
    const { extra, change } = this;
    this.change = undefined;
    change?.(bytes);
    const end = extra === undefined ? -1 : this.watch.endIn(bytes);
    if (extra === undefined || end < 0) return bytes;
    this.extra = undefined;
    return Buffer.concat([bytes.subarray(0, end), extra, bytes.subarray(end)]);
  }

  /** The reader has heard that no more comes. */
  finish(): void {
    this.broken = true;
    this.clock.note(`${this.to.name} gets the end`);
    this.to.push(null);
    // What is not read to its end never emits it, and a socket whose peer is gone resets when it is written to.
  }

  /** What arrives at once: bytes that are there by now, and not more than a cut allows. */
  next(): Uint8Array {
    const now = this.clock.clock;
    let size = 0;
    let count = 0;
    for (const { bytes, at } of this.waiting) {
      if (at > now && count > 0) break;
      size += bytes.byteLength;
      count++;
      if (this.line.chunks === "as-written") break;
      if (size > 65_536) break;
    }
    let take = size;
    const inBytes = this.line.chunks === "bytes" && this.arrived < mostInBytes;
    if (inBytes) take = this.chance.whole(1, Math.min(9, size));
    else if (this.line.chunks !== "as-written" && this.line.chunks !== "coalesced" && this.chance.happens(0.7))
      take = this.chance.scale(1, size);
    take = Math.max(1, Math.min(take, size, this.cutAfter));
    const whole = this.waiting[0] as { bytes: Uint8Array; at: number };
    if (take === whole.bytes.byteLength) return (this.waiting.shift() as { bytes: Uint8Array }).bytes;
    const result = new Uint8Array(take);
    let at = 0;
    while (at < take) {
      const head = this.waiting[0] as { bytes: Uint8Array; at: number };
      const part = head.bytes.subarray(0, take - at);
      result.set(part, at);
      at += part.byteLength;
      if (part.byteLength === head.bytes.byteLength) this.waiting.shift();
      else head.bytes = head.bytes.subarray(part.byteLength);
    }
    return result;
  }

  /** The reader has room again. */
  wanted(): void {
    if (!this.full) return;
    this.full = false;
    this.schedule();
  }

  stall(until: number): void {
    this.stalledUntil = Math.max(this.stalledUntil, until);
    this.watch.stalled = true;
  }

  /** The writer is gone, and with it what the system had not taken yet. */
  abandon(): void {
    let room = this.line.buffer;
    this.waiting = this.waiting.flatMap(({ bytes, at }) => {
      const taken = bytes.subarray(0, room);
      room -= taken.byteLength;
      return taken.byteLength === 0 ? [] : [{ bytes: taken, at }];
    });
    this.inFlight = this.line.buffer - room;
  }

  /** Nothing arrives any more, and nobody is told. */
  drop(): void {
    this.broken = true;
    this.waiting = [];
    this.inFlight = 0;
    for (const taken of this.blocked.splice(0)) taken();
  }
}

/** An end of a simulated connection, as `net.Socket` behaves. */
export class SimSocket extends Duplex implements End {
  readonly name: string;
  readonly connecting = false;
  readonly remoteAddress: string = "10.0.0.1";
  readonly remotePort: number = 1000;
  readonly localAddress: string = "10.0.0.2";
  readonly localPort: number = 2000;
  bytesWritten = 0;
  bytesRead = 0;
  out: Pipe | undefined;
  in: Pipe | undefined;

  constructor(name: string, allowHalfOpen: boolean) {
    super({ allowHalfOpen, emitClose: true, autoDestroy: true });
    this.name = name;
  }

  /** Of the end `net.Socket` tells even who reads nothing, such as an agent that keeps it. */
  override push(bytes: Uint8Array | null): boolean {
    const more = super.push(bytes);
    if (bytes === null) this.read(0);
    return more;
  }

  override _read(): void {
    this.in?.wanted();
  }

  override _write(bytes: Uint8Array, _encoding: string, callback: (error?: Error | null) => void): void {
    this.bytesWritten += bytes.byteLength;
    this.out?.write(bytes, callback);
  }

  override _writev(chunks: { chunk: Uint8Array }[], callback: (error?: Error | null) => void): void {
    const size = chunks.reduce((sum, { chunk }) => sum + chunk.byteLength, 0);
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const { chunk } of chunks) {
      bytes.set(chunk, at);
      at += chunk.byteLength;
    }
    this._write(bytes, "", callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.out?.end();
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const { out } = this;
    // What the system took is still sent; then the peer sees the end, or a reset when something unread is left here.
    if (out !== undefined && !out.broken) {
      out.abandon();
      const unread = this.readableLength > 0 || (this.in?.inFlight ?? 0) > 0;
      if (unread || error !== null) resetSoon(out);
      else out.end();
    }
    callback(error);
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  /** As `net.Socket` does: ends when all that was written is sent, then destroys. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy());
  }
}

/** The peer of a socket that was destroyed with unread bytes is told by a reset, which overtakes nothing. */
function resetSoon(pipe: Pipe): void {
  pipe.reset(pipe.to, pipe.waiting.at(-1)?.at ?? pipe.clock.clock + pipe.line.latency[0]);
}

export function resetError(): Error {
  return Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", errno: -104, syscall: "read" });
}
