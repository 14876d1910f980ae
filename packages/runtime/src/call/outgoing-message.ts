import { ConnectError } from "../error/connect-error.js";
import type { Compression } from "../framing/compression.js";
import { envelopeHeadroom, sealEnvelope } from "../framing/envelope-writer.js";
import { type Awaitable, isPromiseLike } from "../http/awaitable.js";
import type { Codec } from "../message/codec.js";
import type { MessageCodec } from "../message/message-codec.js";

/** A request message on its way out. Whoever encodes it keeps the frame, so that a further attempt sends the same bytes. */
export interface OutgoingMessage<T = unknown> {
  readonly message: T;
  /** Whether to compress it; `undefined` leaves it to the size. */
  readonly compress: boolean | undefined;
  /** The encoded message: what a transport that encodes keeps here. */
  frame?: Frame;
}

/** An encoded message. */
export interface Frame {
  /** How it was encoded: a frame is sent again only where the same options hold. */
  readonly options: FrameOptions;
  /** With an envelope around it, or without. */
  readonly bytes: Uint8Array;
  readonly compressed: boolean;
  /** Size of the payload, compressed if it is, without the envelope. */
  readonly size: number;
}

/** How to encode the messages of one direction of one call. */
export interface FrameOptions {
  readonly codec: Codec;
  readonly enveloped: boolean;
  readonly compression: Compression | undefined;
  readonly maxBytes: number;
  /** Whether to compress a message of a size that nobody said anything about. Asked only where there is a compression. */
  shouldCompress(size: number): boolean;
}

/** The first half of {@link encodeFrame}, which never has to wait: the bytes of the frame that the message has, or of a new one before its compression. @throws ConnectError */
export function bytesOf<T>(outgoing: OutgoingMessage<T>, type: MessageCodec<T>, options: FrameOptions): Uint8Array {
  return outgoing.frame?.options === options ? outgoing.frame.bytes : encode(outgoing.message, type, options);
}

/** The second half of {@link encodeFrame}. @param bytes - what {@link bytesOf} gave */
export function finishedFrame(outgoing: OutgoingMessage, bytes: Uint8Array, options: FrameOptions): Awaitable<Frame> {
  return outgoing.frame?.options === options ? outgoing.frame : enclose(bytes, outgoing.compress, options);
}

/**
 * Encodes a message, compresses it when asked or when it is large enough, and puts it into its envelope.
 *
 * @throws ConnectError `resource_exhausted` above the limit, `internal` when it cannot be encoded
 */
export function encodeFrame<T>(
  message: T,
  compress: boolean | undefined,
  type: MessageCodec<T>,
  options: FrameOptions,
): Awaitable<Frame> {
  return enclose(encode(message, type, options), compress, options);
}

/** The same without an envelope: what has none needs no code of envelopes. @throws ConnectError */
export function encodeBody<T>(
  message: T,
  compress: boolean | undefined,
  type: MessageCodec<T>,
  options: FrameOptions,
): Awaitable<Frame> {
  return body(encodeAfter(0, message, type, options), compress, options);
}

function encode<T>(message: T, type: MessageCodec<T>, options: FrameOptions): Uint8Array {
  return encodeAfter(options.enveloped ? envelopeHeadroom : 0, message, type, options);
}

/** Encodes a message, so many bytes from the start of what it gives. */
function encodeAfter<T>(headroom: number, message: T, type: MessageCodec<T>, options: FrameOptions): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = options.codec.encode(message, type, headroom);
  } catch (cause) {
    throw cause instanceof ConnectError
      ? cause
      : new ConnectError("internal", `cannot encode a ${type.typeName} as ${options.codec.name}`, { cause });
  }
  const size = bytes.length - headroom;
  if (size > options.maxBytes) {
    throw new ConnectError(
      "resource_exhausted",
      `a ${type.typeName} of ${size} bytes is larger than the limit of ${options.maxBytes} bytes (sendMaxBytes)`,
    );
  }
  return bytes;
}

function enclose(bytes: Uint8Array, compress: boolean | undefined, options: FrameOptions): Awaitable<Frame> {
  if (!options.enveloped) return body(bytes, compress, options);
  const size = bytes.length - envelopeHeadroom;
  const compression = compressionOf(size, compress, options);
  if (compression === undefined) {
    sealEnvelope(0, bytes);
    return { options, bytes, compressed: false, size };
  }
  const squeezed = compression.compress(bytes.subarray(envelopeHeadroom));
  return isPromiseLike(squeezed)
    ? squeezed.then((data) => compressedEnvelope(data, options))
    : compressedEnvelope(squeezed, options);
}

function compressedEnvelope(data: Uint8Array, options: FrameOptions): Frame {
  const bytes = new Uint8Array(envelopeHeadroom + data.length);
  bytes.set(data, envelopeHeadroom);
  sealEnvelope(1, bytes);
  return { options, bytes, compressed: true, size: data.length };
}

function body(bytes: Uint8Array, compress: boolean | undefined, options: FrameOptions): Awaitable<Frame> {
  const compression = compressionOf(bytes.length, compress, options);
  if (compression === undefined) return { options, bytes, compressed: false, size: bytes.length };
  const squeezed = compression.compress(bytes);
  return isPromiseLike(squeezed)
    ? squeezed.then((data) => compressedBody(data, options))
    : compressedBody(squeezed, options);
}

function compressedBody(bytes: Uint8Array, options: FrameOptions): Frame {
  return { options, bytes, compressed: true, size: bytes.length };
}

/** What compresses a message of this size, if anything does. */
function compressionOf(size: number, compress: boolean | undefined, options: FrameOptions): Compression | undefined {
  const { compression } = options;
  return compression !== undefined && (compress ?? options.shouldCompress(size)) ? compression : undefined;
}
