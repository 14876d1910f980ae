import { ByteSink } from "./byte-sink.js";
import {
  flagAck,
  flagEndHeaders,
  flagEndStream,
  frameContinuation,
  frameData,
  frameGoaway,
  frameHeaderBytes,
  frameHeaders,
  framePing,
  frameRstStream,
  frameSettings,
  frameWindowUpdate,
} from "./codes.js";

const slabBytes = 65_536;
/** What is smaller is copied between its frame's header and the next: one write, one buffer. */
const copyBytes = 8192;
/** Room for a header block: more of them are copied when the slab grows under one. */
const blockRoom = 1024;
const maxSpareSlabs = 16;

/** Buffers that no connection uses: those of the process, because most connections are quiet at any one time. */
const spareSlabs: ByteSink[] = [];

/** What encodes a header block: the HPACK encoder. */
export interface BlockEncoder {
  encode(fields: readonly string[], out: ByteSink): void;
}

/** What is given to the transport at a time. */
interface Batch {
  readonly bytes: number;
  /** Those in frames other than DATA. */
  readonly control: number;
  /** Slabs that nothing later uses. */
  readonly slabs: readonly ByteSink[];
}

const noSlabs: ByteSink[] = [];

/** The frames of a connection on their way out. */
export class FrameWriter {
  /** Where frames are written, while there is something to write. */
  slab: ByteSink | undefined;
  /** What of the slab is in `chunks` already. */
  start: number;
  /** What was written before that. */
  chunks: Uint8Array[];
  /** Slabs that are full, with bytes that were not taken yet. */
  fullSlabs: ByteSink[];
  /** What was taken and may not have been sent yet, one of each for each time. */
  readonly batches: Batch[];
  /** Bytes that were not taken yet. */
  pending: number;
  /** Bytes that were taken and may not have been sent yet. */
  underWay: number;
  /** Those of them in frames other than DATA. */
  control: number;
  controlUnderWay: number;
  /** All bytes ever written. */
  total: number;
  /** The last DATA frame, while it was not taken: its stream, and where its header is. */
  dataStream: number;
  dataBuffer: Uint8Array;
  dataAt: number;
  /** Where it ends, when more can be appended to it. */
  dataEnd: number;

  constructor() {
    this.slab = undefined;
    this.start = 0;
    this.chunks = [];
    this.fullSlabs = noSlabs;
    this.batches = [];
    this.pending = 0;
    this.underWay = 0;
    this.control = 0;
    this.controlUnderWay = 0;
    this.total = 0;
    this.dataStream = 0;
    this.dataBuffer = emptyBytes;
    this.dataAt = 0;
    this.dataEnd = -1;
  }

  /** A slab with room for `n` bytes. */
  room(n: number): ByteSink {
    const { slab } = this;
    if (slab !== undefined && slab.buffer.length - slab.length >= n) return slab;
    return this.nextSlab(n);
  }

  nextSlab(n: number): ByteSink {
    if (this.slab !== undefined) {
      this.seal(this.slab);
      if (this.fullSlabs.length === 0) this.fullSlabs = [this.slab];
      else this.fullSlabs.push(this.slab);
    }
    const slab = n <= slabBytes ? (spareSlabs.pop() ?? new ByteSink(slabBytes)) : new ByteSink(n);
    this.slab = slab;
    this.start = 0;
    return slab;
  }

  /** Closes the piece of the slab that is written on. */
  seal(slab: ByteSink): void {
    if (slab.length > this.start) this.chunks.push(slab.buffer.subarray(this.start, slab.length));
    this.start = slab.length;
    this.dataEnd = -1;
  }

  /** What was written since the last time, for one write. It must not be changed. {@link sent} says when it has left. */
  take(): Uint8Array[] {
    if (this.slab !== undefined) this.seal(this.slab);
    const { chunks } = this;
    if (chunks.length === 0) return chunks;
    this.batches.push({ bytes: this.pending, control: this.control, slabs: this.fullSlabs });
    this.chunks = [];
    this.fullSlabs = noSlabs;
    this.underWay += this.pending;
    this.pending = 0;
    this.controlUnderWay += this.control;
    this.control = 0;
    this.dataStream = 0;
    this.dataBuffer = emptyBytes;
    return chunks;
  }

  /** What was taken first has left: its memory is used again. */
  sent(): void {
    const batch = this.batches.shift();
    if (batch === undefined) return;
    this.underWay -= batch.bytes;
    this.controlUnderWay -= batch.control;
    for (const slab of batch.slabs) recycle(slab);
    if (this.underWay > 0 || this.pending > 0 || this.slab === undefined) return;
    recycle(this.slab);
    this.slab = undefined;
    this.start = 0;
  }

  /**
   * DATA: bytes `[from, from + length)`. It is appended to the last frame when that is one of the same stream, nothing
   * follows it and it stays below `maxFrameSize`.
   */
  data(streamId: number, bytes: Uint8Array, from: number, length: number, maxFrameSize: number): void {
    if (length > copyBytes) {
      const slab = this.room(frameHeaderBytes);
      this.dataHeader(slab, streamId, length);
      this.seal(slab);
      this.chunks.push(from === 0 && length === bytes.length ? bytes : bytes.subarray(from, from + length));
      this.count(length);
      return;
    }
    const { slab, dataEnd } = this;
    if (
      slab !== undefined &&
      this.dataStream === streamId &&
      dataEnd === slab.length &&
      slab.buffer.length - dataEnd >= length
    ) {
      const grown = dataEnd - this.dataAt - frameHeaderBytes + length;
      if (grown <= maxFrameSize) {
        copy(bytes, from, length, slab);
        this.dataEnd = slab.length;
        writeLength(slab.buffer, this.dataAt, grown);
        this.count(length);
        return;
      }
    }
    const fresh = this.room(frameHeaderBytes + length);
    this.dataHeader(fresh, streamId, length);
    copy(bytes, from, length, fresh);
    this.dataEnd = fresh.length;
    this.count(length);
  }

  dataHeader(slab: ByteSink, streamId: number, length: number): void {
    this.dataStream = streamId;
    this.dataBuffer = slab.buffer;
    this.dataAt = slab.length;
    writeHeader(slab, length, frameData, 0, streamId);
    this.count(frameHeaderBytes);
  }

  /** The stream's DATA ends here: in its last frame when that is still here, in an empty one else. */
  endData(streamId: number): void {
    if (this.dataStream !== streamId) {
      this.dataHeader(this.room(frameHeaderBytes), streamId, 0);
      this.dataEnd = -1;
    }
    const at = this.dataAt + 4;
    this.dataBuffer[at] = (this.dataBuffer[at] as number) | flagEndStream;
    this.dataStream = 0;
  }

  /** HEADERS, and CONTINUATION for what is larger than a frame. */
  headers(
    streamId: number,
    fields: readonly string[],
    endStream: boolean,
    encoder: BlockEncoder,
    maxFrameSize: number,
  ): void {
    const slab = this.room(frameHeaderBytes + blockRoom);
    const { buffer, length: at } = slab;
    slab.length += frameHeaderBytes;
    encoder.encode(fields, slab);
    // It grew: what was not sealed has moved.
    if (slab.buffer !== buffer && this.dataBuffer === buffer && this.dataAt >= this.start)
      this.dataBuffer = slab.buffer;
    const length = slab.length - at - frameHeaderBytes;
    const flags = (endStream ? flagEndStream : 0) | flagEndHeaders;
    if (length <= maxFrameSize) putHeader(slab.buffer, at, length, frameHeaders, flags, streamId);
    else splitBlock(slab, at, length, flags & ~flagEndHeaders, streamId, maxFrameSize);
    this.controlled(slab.length - at);
  }

  rstStream(streamId: number, code: number): void {
    const slab = this.control32(frameRstStream, streamId);
    write32(slab, code);
  }

  windowUpdate(streamId: number, increment: number): void {
    const slab = this.control32(frameWindowUpdate, streamId);
    write32(slab, increment);
  }

  control32(type: number, streamId: number): ByteSink {
    const slab = this.room(frameHeaderBytes + 4);
    writeHeader(slab, 4, type, 0, streamId);
    this.controlled(frameHeaderBytes + 4);
    return slab;
  }

  settings(payload: Uint8Array): void {
    this.whole(frameSettings, 0, payload);
  }

  settingsAck(): void {
    this.whole(frameSettings, flagAck, emptyBytes);
  }

  ping(payload: Uint8Array, ack: boolean): void {
    this.whole(framePing, ack ? flagAck : 0, payload);
  }

  goaway(lastStreamId: number, code: number, debug: string): void {
    const payload = new Uint8Array(8 + debug.length);
    put32(payload, 0, lastStreamId);
    put32(payload, 4, code);
    for (let i = 0; i < debug.length; i++) payload[8 + i] = debug.charCodeAt(i);
    this.whole(frameGoaway, 0, payload);
  }

  whole(type: number, flags: number, payload: Uint8Array): void {
    const slab = this.room(frameHeaderBytes + payload.length);
    writeHeader(slab, payload.length, type, flags, 0);
    copy(payload, 0, payload.length, slab);
    this.controlled(frameHeaderBytes + payload.length);
  }

  /** Bytes as they are: the preface. */
  raw(bytes: Uint8Array): void {
    copy(bytes, 0, bytes.length, this.room(bytes.length));
    this.controlled(bytes.length);
  }

  count(n: number): void {
    this.pending += n;
    this.total += n;
  }

  controlled(n: number): void {
    this.control += n;
    this.count(n);
  }
}

const emptyBytes: Uint8Array = new Uint8Array(0);

function recycle(slab: ByteSink): void {
  slab.length = 0;
  if (spareSlabs.length < maxSpareSlabs && slab.buffer.length === slabBytes) spareSlabs.push(slab);
}

/** Header blocks are copied nowhere else: their frames' headers are moved in between, from the last to the first. */
function splitBlock(
  slab: ByteSink,
  at: number,
  length: number,
  flags: number,
  streamId: number,
  maxFrameSize: number,
): void {
  const more = Math.ceil(length / maxFrameSize) - 1;
  slab.reserve(more * frameHeaderBytes);
  const { buffer } = slab;
  const block = at + frameHeaderBytes;
  for (let i = more; i > 0; i--) {
    const from = block + i * maxFrameSize;
    const size = Math.min(maxFrameSize, length - i * maxFrameSize);
    const to = from + i * frameHeaderBytes;
    buffer.copyWithin(to, from, from + size);
    putHeader(buffer, to - frameHeaderBytes, size, frameContinuation, i === more ? flagEndHeaders : 0, streamId);
  }
  putHeader(buffer, at, maxFrameSize, frameHeaders, flags, streamId);
  slab.length += more * frameHeaderBytes;
}

function copy(bytes: Uint8Array, from: number, length: number, slab: ByteSink): void {
  const { buffer } = slab;
  let at = slab.length;
  // A call of `set` costs more than some bytes.
  if (length <= 48) for (let i = from; i < from + length; i++) buffer[at++] = bytes[i] as number;
  else buffer.set(from === 0 && length === bytes.length ? bytes : bytes.subarray(from, from + length), at);
  slab.length += length;
}

function writeHeader(slab: ByteSink, length: number, type: number, flags: number, streamId: number): void {
  putHeader(slab.buffer, slab.length, length, type, flags, streamId);
  slab.length += frameHeaderBytes;
}

function putHeader(
  buffer: Uint8Array,
  at: number,
  length: number,
  type: number,
  flags: number,
  streamId: number,
): void {
  writeLength(buffer, at, length);
  buffer[at + 3] = type;
  buffer[at + 4] = flags;
  put32(buffer, at + 5, streamId);
}

function writeLength(buffer: Uint8Array, at: number, length: number): void {
  buffer[at] = length >>> 16;
  buffer[at + 1] = length >>> 8;
  buffer[at + 2] = length;
}

function write32(slab: ByteSink, value: number): void {
  put32(slab.buffer, slab.length, value);
  slab.length += 4;
}

function put32(buffer: Uint8Array, at: number, value: number): void {
  buffer[at] = value >>> 24;
  buffer[at + 1] = value >>> 16;
  buffer[at + 2] = value >>> 8;
  buffer[at + 3] = value;
}
