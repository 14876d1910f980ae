import { ConnectionError } from "../connection-error.js";
import { ByteSink } from "./byte-sink.js";
import {
  ErrorCode,
  flagEndHeaders,
  flagEndStream,
  flagPadded,
  flagPriority,
  frameContinuation,
  frameData,
  frameHeaderBytes,
  frameHeaders,
  frameName,
} from "./codes.js";

/** What takes the frames. `bytes` belongs to the reader: what stays is copied, except for DATA. */
export interface FrameHandler {
  /** False: nothing more is read. */
  readonly reading: boolean;
  /** A frame's header, before anything is done about it. `length` is that of the payload. */
  frame(type: number, flags: number, streamId: number, length: number): void;
  /** A DATA frame begins: its flow-controlled length, and how much of it is padding. */
  dataBegins(streamId: number, length: number, padding: number): void;
  /** A piece of a DATA frame. */
  dataPiece(bytes: Uint8Array, start: number, end: number): void;
  dataEnds(endStream: boolean): void;
  /** A whole header block. `selfDependent`: its priority names itself. */
  headerBlock(
    streamId: number,
    endStream: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
    selfDependent: boolean,
  ): void;
  /** Any other frame, whole. */
  control(type: number, flags: number, streamId: number, bytes: Uint8Array, start: number, end: number): void;
}

export interface FrameReaderLimits {
  /** The largest payload, as it was told to the peer. */
  readonly maxFrameSize: number;
  readonly maxHeaderBlockBytes: number;
  readonly maxContinuations: number;
}

/**
 * Cuts a connection's bytes into frames. They are read where they lie; what a chunk cuts off is kept, except for DATA, which
 * is handed on as it comes.
 */
export class FrameReader {
  readonly handler: FrameHandler;
  readonly limits: FrameReaderLimits;
  /** What is left of a DATA frame, and of the padding behind it. */
  dataLeft: number;
  paddingLeft: number;
  dataEndsStream: boolean;
  /** A DATA frame is under way. */
  inData: boolean;
  /** The beginning of a frame that a chunk cut off. */
  carry: ByteSink | undefined;
  /** The stream of a header block without its end; 0: none. */
  blockStream: number;
  blockEndsStream: boolean;
  blockSelfDependent: boolean;
  block: ByteSink | undefined;
  continuations: number;

  constructor(handler: FrameHandler, limits: FrameReaderLimits) {
    this.handler = handler;
    this.limits = limits;
    this.dataLeft = 0;
    this.paddingLeft = 0;
    this.dataEndsStream = false;
    this.inData = false;
    this.carry = undefined;
    this.blockStream = 0;
    this.blockEndsStream = false;
    this.blockSelfDependent = false;
    this.block = undefined;
    this.continuations = 0;
  }

  /** Takes bytes `[from, end)`. @throws ConnectionError */
  read(chunk: Uint8Array, from: number): void {
    const end = chunk.length;
    let at = from;
    if (this.carry !== undefined) at = this.readCarried(chunk, at);
    while (this.handler.reading) {
      if (this.inData) {
        at = this.readData(chunk, at, end);
        if (this.inData) return;
        continue;
      }
      const size = this.frameSize(chunk, at, end);
      if (at + size > end) {
        if (at < end) this.keep(chunk, at, end);
        return;
      }
      this.readFrame(chunk, at, at + size);
      at += size;
    }
  }

  /** How many bytes must be there to go on: a whole frame; of DATA only what stands before the body. */
  frameSize(bytes: Uint8Array, at: number, end: number): number {
    if (end - at < frameHeaderBytes) return frameHeaderBytes;
    const length = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
    const type = bytes[at + 3] as number;
    if (length > this.limits.maxFrameSize) {
      throw new ConnectionError(ErrorCode.frameSizeError, `a ${frameName(type)} frame of ${length} bytes`);
    }
    if (type !== frameData) return frameHeaderBytes + length;
    return ((bytes[at + 4] as number) & flagPadded) !== 0 && length > 0 ? frameHeaderBytes + 1 : frameHeaderBytes;
  }

  keep(chunk: Uint8Array, at: number, end: number): void {
    this.carry ??= new ByteSink(256);
    const { carry } = this;
    carry.reserve(end - at);
    carry.buffer.set(chunk.subarray(at, end), carry.length);
    carry.length += end - at;
  }

  /** Completes the frame that was cut off, and reads it. Where to go on. */
  readCarried(chunk: Uint8Array, from: number): number {
    const carry = this.carry as ByteSink;
    let at = from;
    for (;;) {
      const size = this.frameSize(carry.buffer, 0, carry.length);
      if (carry.length >= size) {
        this.carry = undefined;
        this.readFrame(carry.buffer, 0, size);
        return at;
      }
      if (at === chunk.length) return at;
      const n = Math.min(size - carry.length, chunk.length - at);
      this.keep(chunk, at, at + n);
      at += n;
    }
  }

  readData(chunk: Uint8Array, from: number, end: number): number {
    let at = from;
    if (this.dataLeft > 0) {
      const n = Math.min(this.dataLeft, end - at);
      if (n > 0) {
        this.dataLeft -= n;
        this.handler.dataPiece(chunk, at, at + n);
        at += n;
      }
      if (this.dataLeft > 0) return at;
    }
    if (this.paddingLeft > 0) {
      const n = Math.min(this.paddingLeft, end - at);
      this.paddingLeft -= n;
      at += n;
      if (this.paddingLeft > 0) return at;
    }
    this.inData = false;
    if (this.handler.reading) this.handler.dataEnds(this.dataEndsStream);
    return at;
  }

  /** A frame that is there as far as it has to be. */
  readFrame(bytes: Uint8Array, at: number, end: number): void {
    const length = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
    const type = bytes[at + 3] as number;
    const flags = bytes[at + 4] as number;
    const streamId =
      (((bytes[at + 5] as number) & 0x7f) << 24) |
      ((bytes[at + 6] as number) << 16) |
      ((bytes[at + 7] as number) << 8) |
      (bytes[at + 8] as number);
    if (this.blockStream !== 0 && (type !== frameContinuation || streamId !== this.blockStream)) {
      throw new ConnectionError(ErrorCode.protocolError, `a ${frameName(type)} frame inside a header block`);
    }
    this.handler.frame(type, flags, streamId, length);
    const payload = at + frameHeaderBytes;
    switch (type) {
      case frameData:
        this.beginData(flags, streamId, length, end > payload ? (bytes[payload] as number) : -1);
        break;
      case frameHeaders:
        this.readHeaders(flags, streamId, bytes, payload, end);
        break;
      case frameContinuation:
        this.readContinuation(flags, bytes, payload, end);
        break;
      default:
        this.handler.control(type, flags, streamId, bytes, payload, end);
    }
  }

  /** `padding` is -1 when the frame has none. */
  beginData(flags: number, streamId: number, length: number, padding: number): void {
    if (streamId === 0) throw new ConnectionError(ErrorCode.protocolError, "a DATA frame on stream 0");
    if ((flags & flagPadded) !== 0 && padding >= length) {
      throw new ConnectionError(ErrorCode.protocolError, "a DATA frame with more padding than bytes");
    }
    if ((flags & flagPadded) !== 0 && padding === -1) {
      throw new ConnectionError(ErrorCode.frameSizeError, "a padded DATA frame without its length of padding");
    }
    this.paddingLeft = padding === -1 ? 0 : padding;
    this.dataLeft = padding === -1 ? length : length - 1 - padding;
    this.dataEndsStream = (flags & flagEndStream) !== 0;
    this.inData = true;
    this.handler.dataBegins(streamId, length, length - this.dataLeft);
  }

  readHeaders(flags: number, streamId: number, bytes: Uint8Array, from: number, to: number): void {
    if (streamId === 0) throw new ConnectionError(ErrorCode.protocolError, "a HEADERS frame on stream 0");
    let start = from;
    let end = to;
    if ((flags & flagPadded) !== 0) {
      if (start === end) throw new ConnectionError(ErrorCode.frameSizeError, "a padded HEADERS frame of 0 bytes");
      end -= bytes[start++] as number;
    }
    let selfDependent = false;
    if ((flags & flagPriority) !== 0) {
      if (to - start < 5) throw new ConnectionError(ErrorCode.frameSizeError, "a HEADERS frame without its priority");
      selfDependent = dependency(bytes, start) === streamId;
      start += 5;
    }
    if (start > end) throw new ConnectionError(ErrorCode.protocolError, "a HEADERS frame with more padding than bytes");
    const endStream = (flags & flagEndStream) !== 0;
    this.checkBlock(streamId, end - start);
    if ((flags & flagEndHeaders) !== 0) {
      this.handler.headerBlock(streamId, endStream, bytes, start, end, selfDependent);
      return;
    }
    this.blockStream = streamId;
    this.blockEndsStream = endStream;
    this.blockSelfDependent = selfDependent;
    this.continuations = 0;
    this.block = new ByteSink(Math.max(256, 2 * (end - start)));
    this.addFragment(bytes, start, end);
  }

  readContinuation(flags: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.blockStream === 0 || this.block === undefined) {
      throw new ConnectionError(ErrorCode.protocolError, "a CONTINUATION frame without HEADERS");
    }
    if (++this.continuations > this.limits.maxContinuations) {
      throw new ConnectionError(
        ErrorCode.enhanceYourCalm,
        `more than ${this.limits.maxContinuations} CONTINUATION frames`,
        this.blockStream,
      );
    }
    this.addFragment(bytes, start, end);
    if ((flags & flagEndHeaders) === 0) return;
    const { block, blockStream } = this;
    this.block = undefined;
    this.blockStream = 0;
    this.handler.headerBlock(blockStream, this.blockEndsStream, block.buffer, 0, block.length, this.blockSelfDependent);
  }

  checkBlock(streamId: number, length: number): void {
    const { maxHeaderBlockBytes } = this.limits;
    if (length <= maxHeaderBlockBytes) return;
    const message = `a header block of more than ${maxHeaderBlockBytes} bytes`;
    throw new ConnectionError(ErrorCode.enhanceYourCalm, message, streamId);
  }

  addFragment(bytes: Uint8Array, start: number, end: number): void {
    const block = this.block as ByteSink;
    this.checkBlock(this.blockStream, block.length + end - start);
    block.reserve(end - start);
    block.buffer.set(bytes.subarray(start, end), block.length);
    block.length += end - start;
  }
}

/** The stream that a priority depends on. */
export function dependency(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) & 0x7f) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}
