import { ConnectError } from "../error/connect-error.js";
import type { Awaitable, Compression } from "../framing/compression.js";
import { EnvelopeReader } from "../framing/envelope-reader.js";
import { type DecodeOptions, decodePayload, decompressPayload, requireCompression } from "./decode-message.js";
import { isPromiseLike } from "./outgoing-message.js";

/**
 * Reads a body that holds one message: the fast path of unary calls, with no promise unless a
 * decompression needs one. It collects; whoever drives it says when the body ended.
 */
export class SingleReceiver<T> {
  readonly options: DecodeOptions<T>;
  compression: Compression | undefined = undefined;
  /** Without envelopes: whether the body is compressed. */
  compressed = false;
  /** Messages that came. */
  count = 0;
  /** Size of the message on the wire. */
  size = 0;
  /** An envelope that is no message. */
  last:
    | { readonly flags: number; readonly bytes: Uint8Array; readonly start: number; readonly end: number }
    | undefined = undefined;
  /** How many bytes came after {@link SingleReceiver.last}; without it, how many the body has. */
  extraBytes = 0;

  readonly reader: EnvelopeReader | undefined;
  gathering = false;
  bytes: Uint8Array | undefined = undefined;
  start = 0;
  end = 0;

  constructor(options: DecodeOptions<T>, enveloped: boolean) {
    this.options = options;
    this.reader = enveloped ? new EnvelopeReader(options.maxBytes) : undefined;
  }

  /** Takes a piece of the body. @throws ConnectError as soon as the body cannot be accepted */
  push(chunk: Uint8Array): void {
    const { reader } = this;
    if (reader === undefined) {
      this.collect(chunk);
      return;
    }
    this.extraBytes += chunk.length;
    if (this.last !== undefined) return;
    reader.push(chunk);
    while (reader.next()) {
      if (reader.flags > 1) {
        this.last = { flags: reader.flags, bytes: reader.bytes, start: reader.start, end: reader.end };
        this.extraBytes = reader.buffered;
        return;
      }
      if (++this.count > 1) {
        throw new ConnectError("unimplemented", `one ${this.options.type.typeName} was expected, and more came`);
      }
      this.bytes = reader.bytes;
      this.start = reader.start;
      this.end = reader.end;
      this.size = reader.end - reader.start;
      this.compressed = reader.flags === 1;
    }
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
        this.bytes = new Uint8Array(Math.max(2 * this.size, 1024));
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

  /** The body as it came, for a body without envelopes that is no message. */
  body(): Awaitable<Uint8Array> {
    const { bytes, start, end } = this;
    if (bytes === undefined) return new Uint8Array(0);
    return this.compressed && end > start
      ? decompressPayload(bytes, start, end, this.compression, this.options.maxBytes)
      : bytes.subarray(start, end);
  }

  /** The payload of {@link SingleReceiver.last}, decompressed. */
  lastPayload(): Awaitable<Uint8Array> {
    const { flags, bytes, start, end } = this.last as NonNullable<typeof this.last>;
    return (flags & 1) === 1 && end > start
      ? decompressPayload(bytes, start, end, this.compression, this.options.maxBytes)
      : bytes.subarray(start, end);
  }

  /**
   * The message, once the body has ended.
   *
   * @throws ConnectError `unimplemented` without a message, and when it does not decompress or decode
   */
  message(): Awaitable<T> {
    const { options, start, end } = this;
    if (this.reader !== undefined) {
      if (this.bytes === undefined) {
        throw new ConnectError("unimplemented", `one ${options.type.typeName} was expected, and none came`);
      }
      if (this.compressed) requireCompression(this.compression);
      // An empty envelope is the zero value in every serialisation, JSON too.
      if (start === end) return options.type.create(undefined);
    }
    const bytes = this.bytes ?? new Uint8Array(0);
    if (!this.compressed || start === end) return decodePayload(bytes, start, end, options);
    const inflated = decompressPayload(bytes, start, end, this.compression, options.maxBytes);
    return isPromiseLike(inflated)
      ? inflated.then((data) => decodePayload(data, 0, data.length, options))
      : decodePayload(inflated, 0, inflated.length, options);
  }
}
