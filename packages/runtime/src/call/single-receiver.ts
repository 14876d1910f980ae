import { ConnectError } from "../error/connect-error.js";
import type { Compression } from "../framing/compression.js";
import type { EnvelopeReader } from "../framing/envelope-reader.js";
import { type Awaitable, isPromiseLike } from "../http/awaitable.js";
import { roomFor } from "../http/bytes.js";
import type { HeaderMap } from "../http/header-map.js";
import { type DecodeOptions, decodePayload, decompressPayload } from "./decode-message.js";
import type { encodeBody } from "./outgoing-message.js";

/** The code that puts single messages into envelopes and takes them out. */
export interface Envelopes {
  /** @internal Makes the frame of a message. @throws ConnectError */
  readonly encodeFrame: typeof encodeBody;
  /** Makes what reads the envelopes of one body. */
  readonly readerOf: (maxBytes: number) => object;
  /** @internal Takes a piece of the body. */
  push<T>(receiver: SingleReceiver<T>, chunk: Uint8Array): void;
  /** @internal Whether the message's envelope is empty, once the body has ended. @throws ConnectError without a message */
  isEmpty<T>(receiver: SingleReceiver<T>): boolean;
}

/**
 * Reads a body that holds one message: the fast path of unary calls, with no promise unless a
 * decompression needs one. It collects; whoever drives it says when the body ended.
 */
export class SingleReceiver<T> {
  readonly options: DecodeOptions<T>;
  compression: Compression | undefined = undefined;
  /** Without envelopes: whether the body is compressed. */
  compressed = false;
  /** Those in front of the body. Without envelopes its length is looked for there. */
  headers: HeaderMap | undefined = undefined;
  /** Messages that came. */
  count = 0;
  /** Size of the message on the wire. */
  size = 0;
  /** An envelope that is not a message. */
  last:
    | { readonly flags: number; readonly bytes: Uint8Array; readonly start: number; readonly end: number }
    | undefined = undefined;
  /** How many bytes came after {@link SingleReceiver.last}; without it, how many the body has. */
  extraBytes = 0;

  readonly envelopes: Envelopes | undefined;
  readonly reader: EnvelopeReader | undefined;
  gathering = false;
  bytes: Uint8Array | undefined = undefined;
  start = 0;
  end = 0;

  constructor(options: DecodeOptions<T>, enveloped: Envelopes | false) {
    this.options = options;
    this.envelopes = enveloped || undefined;
    this.reader = this.envelopes?.readerOf(options.maxBytes) as EnvelopeReader | undefined;
  }

  /** Takes a piece of the body. @throws ConnectError as soon as the body cannot be accepted */
  push(chunk: Uint8Array): void {
    if (this.envelopes === undefined) this.collect(chunk);
    else this.envelopes.push(this, chunk);
  }

  /** Small chunks are gathered in one buffer that grows with what arrives: an array for each would cost more than the bytes. */
  collect(chunk: Uint8Array): void {
    const { bytes, end } = this;
    this.size += chunk.length;
    this.extraBytes = this.size;
    this.checkSize();
    this.count = 1;
    if (bytes === undefined) this.bytes = chunk;
    else {
      if (!this.gathering || this.size > bytes.length) {
        this.gathering = true;
        const length = Number(this.headers?.get("content-length"));
        this.bytes = new Uint8Array(length >= this.size ? roomFor(this.size, length) : Math.max(2 * this.size, 1024));
        this.bytes.set(end === bytes.length ? bytes : bytes.subarray(0, end));
      }
      (this.bytes as Uint8Array).set(chunk, end);
    }
    this.end = this.size;
  }

  /** @throws ConnectError `resource_exhausted` above the limit; what cannot be compressed grows a little by it */
  checkSize(): void {
    const { maxBytes, type } = this.options;
    const limit = this.compressed ? maxBytes + (maxBytes >> 6) + 128 : maxBytes;
    if (this.size > limit) {
      throw new ConnectError(
        "resource_exhausted",
        `a ${type.typeName} is larger than the limit of ${maxBytes} bytes (readMaxBytes)`,
      );
    }
  }

  /** What is left of an envelope when the body has ended; `undefined` when the body ended where it should. */
  incomplete(): string | undefined {
    return this.last === undefined ? this.reader?.incomplete() : undefined;
  }

  /** What is no message, decompressed: {@link SingleReceiver.last}, or a body without envelopes as it came. */
  body(): Awaitable<Uint8Array> {
    const { last } = this;
    const { bytes, start, end } = last ?? this;
    if (bytes === undefined) return new Uint8Array(0);
    const compressed = last === undefined ? this.compressed : (last.flags & 1) === 1;
    return compressed && end > start
      ? decompressPayload(bytes, start, end, this.compression, this.options)
      : bytes.subarray(start, end);
  }

  /**
   * The message, once the body has ended.
   *
   * @throws ConnectError `unimplemented` without a message, and when it does not decompress or decode
   */
  message(): Awaitable<T> {
    const { options, start, end } = this;
    if (this.envelopes?.isEmpty(this) === true) return options.type.create(undefined);
    const bytes = this.bytes ?? new Uint8Array(0);
    if (!this.compressed || start === end) return decodePayload(bytes, start, end, options);
    const inflated = decompressPayload(bytes, start, end, this.compression, options);
    return isPromiseLike(inflated)
      ? inflated.then((data) => decodePayload(data, 0, data.length, options))
      : decodePayload(inflated, 0, inflated.length, options);
  }
}
