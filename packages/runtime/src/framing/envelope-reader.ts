import { ConnectError } from "../error/connect-error.js";
import { allocate, roomFor } from "../http/bytes.js";

const prefixBytes = 5;
const compressedFlag = 1;
/** Chunks below this size are copied together while they wait: as objects of their own they take many times their bytes. */
const smallChunk = 512;
const tailBytes = 4096;
/** From this size on, memory that is not set to zero first is cheaper. */
const ownMemory = 65_536;
const nothing: Uint8Array = new Uint8Array(0);

/**
 * Takes the envelopes out of a body that comes in chunks of any size. An envelope is a byte of
 * flags, the payload's length in four bytes (big endian), and the payload.
 *
 * After `next()` returned true, the payload is `bytes` from `start` to `end`, until the next call of
 * `next()`. It is a range and no subarray, and it lies in the chunk it came in: only a payload that
 * spans chunks is copied, into a buffer that grows with what arrives.
 *
 * @see https://connectrpc.com/docs/protocol#streaming-request and the gRPC specification's Length-Prefixed-Message
 */
export class EnvelopeReader {
  /** The flags of the envelope that `next()` found. */
  flags: number;
  /** Holds the payload that `next()` found, from `start` to `end`. */
  bytes: Uint8Array;
  start: number;
  end: number;
  /** How many bytes were pushed and not yet returned, those of prefixes included. */
  buffered: number;

  /** @internal */
  readonly maxBytes: number;
  /** @internal The chunk that is being read, and how far. */
  chunk: Uint8Array;
  /** @internal */
  position: number;
  /** @internal Chunks after it, from `queued` on. */
  queue: Uint8Array[];
  /** @internal */
  queued: number;
  /** @internal What small chunks at the end of the queue are copied into, and how much of it is used. */
  tail: Uint8Array;
  /** @internal */
  tailUsed: number;
  /** @internal How many bytes of the envelope's prefix were read. */
  prefix: number;
  /** @internal The length in the prefix, as far as it was read. */
  length: number;
  /** @internal A payload that spans chunks, and how much of it is there. */
  part: Uint8Array;
  /** @internal */
  filled: number;

  /** @param maxBytes - the largest payload to accept, 0 to 2^32 - 1 */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
    this.flags = 0;
    this.bytes = nothing;
    this.start = 0;
    this.end = 0;
    this.buffered = 0;
    this.chunk = nothing;
    this.position = 0;
    this.queue = [];
    this.queued = 0;
    this.tail = nothing;
    this.tailUsed = 0;
    this.prefix = 0;
    this.length = 0;
    this.part = nothing;
    this.filled = 0;
  }

  /** Takes the next chunk of the body. The reader may keep it. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.buffered += chunk.length;
    if (this.position === this.chunk.length && this.queue.length === 0) {
      this.chunk = chunk;
      this.position = 0;
    } else if (chunk.length < smallChunk && this.queue.length > 0) {
      this.pushSmall(chunk);
    } else {
      this.queue.push(chunk);
      this.tail = nothing;
    }
  }

  /** @internal */
  pushSmall(chunk: Uint8Array): void {
    const { queue } = this;
    if (this.tailUsed + chunk.length <= this.tail.length) {
      queue.pop();
    } else {
      this.tail = new Uint8Array(tailBytes);
      this.tailUsed = 0;
    }
    this.tail.set(chunk, this.tailUsed);
    this.tailUsed += chunk.length;
    queue.push(this.tail.subarray(0, this.tailUsed));
  }

  /**
   * Goes on to the next envelope; false when there is no whole one yet.
   *
   * @throws ConnectError `resource_exhausted` when an envelope promises more than `maxBytes`. Nothing is allocated for it.
   */
  next(): boolean {
    do {
      if (this.prefix < prefixBytes) this.readPrefix();
      if (this.prefix === prefixBytes) {
        if (this.length > this.maxBytes) this.checkLength();
        if (this.readPayload()) return true;
      }
    } while (this.nextChunk());
    // An idle stream holds on to no chunk.
    this.bytes = nothing;
    this.start = 0;
    this.end = 0;
    return false;
  }

  /**
   * What is missing when the body has ended and `next()` has returned false; `undefined` when nothing is.
   */
  incomplete(): string | undefined {
    if (this.buffered === 0) return undefined;
    return this.prefix < prefixBytes
      ? `incomplete envelope: got ${this.buffered} of ${prefixBytes} prefix bytes`
      : `promised ${this.length} bytes in message, got ${this.buffered - prefixBytes}`;
  }

  /** @internal */
  readPrefix(): void {
    const { chunk } = this;
    let at = this.position;
    if (this.prefix === 0 && at + prefixBytes <= chunk.length) {
      this.flags = chunk[at] as number;
      this.length =
        (chunk[at + 1] as number) * 0x1000000 +
        (((chunk[at + 2] as number) << 16) | ((chunk[at + 3] as number) << 8) | (chunk[at + 4] as number));
      this.prefix = prefixBytes;
      this.position = at + prefixBytes;
      return;
    }
    while (this.prefix < prefixBytes && at < chunk.length) {
      if (this.prefix === 0) {
        this.flags = chunk[at] as number;
        this.length = 0;
      } else {
        this.length = this.length * 256 + (chunk[at] as number);
      }
      this.prefix++;
      at++;
    }
    this.position = at;
  }

  /** @internal */
  readPayload(): boolean {
    const { chunk, position, length } = this;
    const available = chunk.length - position;
    if (this.filled === 0 && available >= length) {
      this.bytes = chunk;
      this.start = position;
      this.position = this.end = position + length;
    } else {
      const taken = Math.min(available, length - this.filled);
      if (taken > 0) {
        this.reserve(this.filled + taken);
        this.part.set(taken === chunk.length ? chunk : chunk.subarray(position, position + taken), this.filled);
        this.filled += taken;
        this.position += taken;
      }
      if (this.filled < length) return false;
      this.bytes = this.part;
      this.start = 0;
      this.end = length;
      this.part = nothing;
      this.filled = 0;
    }
    this.buffered -= prefixBytes + length;
    this.prefix = 0;
    return true;
  }

  /** @internal Makes room for `needed` bytes of the payload; the system gives no page before it is written to. */
  reserve(needed: number): void {
    if (needed <= this.part.length) return;
    const part = bytesOf(roomFor(needed, this.length));
    if (this.filled > 0) part.set(this.part.subarray(0, this.filled));
    this.part = part;
  }

  /** @internal */
  nextChunk(): boolean {
    if (this.position < this.chunk.length) return true;
    const chunk = this.queue[this.queued];
    this.position = 0;
    if (chunk === undefined) {
      this.chunk = nothing;
      return false;
    }
    this.chunk = chunk;
    this.queued++;
    if (this.queued === this.queue.length) {
      this.queue = [];
      this.queued = 0;
      this.tail = nothing;
    }
    return true;
  }

  /** @internal */
  checkLength(): void {
    // What does not compress grows a little: by the blocks' heads of deflate, zstd or snappy, all below 1 in 64.
    const compressed = (this.flags & compressedFlag) !== 0;
    const limit = compressed ? this.maxBytes + Math.ceil(this.maxBytes / 64) + 128 : this.maxBytes;
    if (this.length <= limit) return;
    throw new ConnectError(
      "resource_exhausted",
      `${compressed ? "compressed " : ""}message is ${this.length} bytes, the limit is ${this.maxBytes}: raise readMaxBytes to accept it`,
    );
  }
}

/** Memory that is written to before it is read. In small arrays Node would put others' bytes beside these. */
function bytesOf(size: number): Uint8Array {
  if (size < ownMemory) return new Uint8Array(size);
  const { buffer, byteOffset } = allocate(size);
  return new Uint8Array(buffer, byteOffset, size);
}
