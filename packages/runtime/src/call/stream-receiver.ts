import { confidential } from "../error/confidential.js";
import { ConnectError } from "../error/connect-error.js";
import type { Compression } from "../framing/compression.js";
import { EnvelopeReader } from "../framing/envelope-reader.js";
import { isPromiseLike, quiet } from "../http/awaitable.js";
import { type DecodeOptions, decodePayload, decompressPayload } from "./decode-message.js";

/** Input is paused when this many bytes wait to be read. */
const highWaterBytes = 64 * 1024;

/** Who drives a {@link StreamReceiver}. */
export interface ReceiverHost {
  pause(): void;
  resume(): void;
  /** Takes an envelope that is not a message, with its payload decompressed. @throws ConnectError */
  endEnvelope(flags: number, payload: Uint8Array): void;
  /**
   * The body is over and every message in it was read, or bytes came after the end of the stream.
   * Returns the error that the stream ended with.
   *
   * @param extraBytes - bytes after the last envelope; where no such envelope came, how many bytes the body has
   * @param incomplete - how the body was cut off in the middle of an envelope
   */
  streamEnded(extraBytes: number, incomplete: string | undefined): ConnectError | undefined;
  /** The stream broke for a reason found while reading it. */
  streamFailed(error: ConnectError): void;
}

type Result<T> = IteratorResult<T, undefined>;

/** Somebody who reads before there is something to read. */
class Waiter<T> {
  readonly promise: Promise<Result<T>>;
  resolve!: (result: Promise<Result<T>>) => void;

  constructor() {
    this.promise = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }
}

/**
 * Reads a stream of messages out of a body. It holds bytes, not messages: a message is decoded when
 * somebody asks for it, straight from the chunk that it came in. One envelope is parsed ahead, so
 * that the end of the stream is noticed without a reader.
 */
export class StreamReceiver<T> {
  readonly host: ReceiverHost;
  readonly options: DecodeOptions<T>;
  readonly reader: EnvelopeReader;
  compression: Compression | undefined = undefined;
  /** Makes the promise of whoever reads on after a failure. */
  failing: (error: ConnectError) => Promise<never> = rejected;
  /** An error that no reader waits for is no unhandled rejection. */
  quietly = false;
  /** The message read last: whether it came compressed, and its size on the wire. */
  lastCompressed = false;
  lastSize = 0;

  /** How many bytes the body had so far. */
  received = 0;
  /** An unread message stands in the reader. */
  holding = false;
  /** A decompression is under way. */
  busy = false;
  paused = false;
  sawLast = false;
  bodyOver = false;
  done = false;
  error: ConnectError | undefined = undefined;
  waiters: Waiter<T>[] = [];

  constructor(host: ReceiverHost, options: DecodeOptions<T>) {
    this.host = host;
    this.options = options;
    this.reader = new EnvelopeReader(options.maxBytes);
  }

  push(chunk: Uint8Array): void {
    if (this.done) return;
    this.received += chunk.length;
    this.reader.push(chunk);
    this.advance();
    this.serve();
    if (!this.done && !this.paused && this.readable && this.reader.buffered >= highWaterBytes) {
      this.paused = true;
      this.host.pause();
    }
  }

  /** The body ended cleanly. */
  endBody(): void {
    this.bodyOver = true;
    this.advance();
    this.serve();
  }

  /** Ends the stream with an error at once; messages that were not read are dropped. */
  fail(error: ConnectError): void {
    if (this.done) return;
    this.finish(error);
    this.serve();
  }

  /** The next message; rejects with the error that the stream ended with. */
  receive(): Promise<Result<T>> {
    if (this.waiters.length === 0 && !this.busy && (this.holding || this.done)) {
      const result = this.holding ? this.take() : this.result();
      // What is no promise rejects nowhere: most messages are spared the handler.
      if (!(result instanceof Promise)) return Promise.resolve(result);
      return this.quietly ? quiet(result) : result;
    }
    const waiter = new Waiter<T>();
    this.waiters.push(waiter);
    return waiter.promise;
  }

  /** Parses one envelope ahead. */
  advance(): void {
    const { reader } = this;
    while (!this.holding && !this.busy && !this.done) {
      if (this.sawLast) {
        if (reader.buffered > 0 || this.bodyOver) this.finish(this.host.streamEnded(reader.buffered, undefined));
        return;
      }
      try {
        if (!reader.next()) {
          if (this.bodyOver) this.finish(this.host.streamEnded(this.received, reader.incomplete()));
          return;
        }
        if (reader.flags > 1) this.takeLast();
        else this.holding = true;
      } catch (error) {
        this.broken(error);
      }
    }
  }

  takeLast(): void {
    const { flags, bytes, start, end } = this.reader;
    this.sawLast = true;
    const payload =
      (flags & 1) === 1 && end > start
        ? decompressPayload(bytes, start, end, this.compression, this.options)
        : bytes.subarray(start, end);
    if (isPromiseLike(payload)) this.wait(payload, (data) => this.host.endEnvelope(flags, data));
    else this.host.endEnvelope(flags, payload);
  }

  /** Takes the message that the reader holds. */
  take(): Result<T> | Promise<Result<T>> {
    const { bytes, start, end, flags } = this.reader;
    this.holding = false;
    this.lastCompressed = flags === 1;
    this.lastSize = end - start;
    try {
      if (flags === 1 && (end > start || this.compression === undefined)) {
        const inflated = decompressPayload(bytes, start, end, this.compression, this.options);
        if (isPromiseLike(inflated)) {
          return new Promise((resolve) => {
            const use = (data: Uint8Array): void => resolve({ done: false, value: this.decode(data, 0, data.length) });
            this.wait(inflated, use, (error) => resolve(this.failing(error)));
          });
        }
        return this.taken(this.decode(inflated, 0, inflated.length));
      }
      return this.taken(this.decode(bytes, start, end));
    } catch (error) {
      return this.failing(this.broken(error));
    }
  }

  taken(value: T): Result<T> {
    this.advance();
    this.relax();
    return { done: false, value };
  }

  decode(bytes: Uint8Array, start: number, end: number): T {
    // An empty envelope is the zero value in every serialisation, JSON too.
    return start === end ? this.options.type.create(undefined) : decodePayload(bytes, start, end, this.options);
  }

  /** Waits for a decompression, with everything behind it. */
  wait(data: PromiseLike<Uint8Array>, use: (data: Uint8Array) => void, failed?: (error: ConnectError) => void): void {
    this.busy = true;
    const settle = (act: () => void): void => {
      this.busy = false;
      try {
        if (this.done) failed?.(this.error as ConnectError);
        else act();
      } catch (error) {
        const broken = this.broken(error);
        failed?.(broken);
      }
      this.advance();
      this.relax();
      this.serve();
    };
    data.then(
      (bytes) => settle(() => use(bytes)),
      (error: unknown) =>
        settle(() => {
          throw error;
        }),
    );
  }

  /** Gives waiters what there is. */
  serve(): void {
    while (this.waiters.length > 0 && !this.busy && (this.holding || this.done)) {
      const waiter = this.waiters.shift() as Waiter<T>;
      const result = this.holding ? this.take() : this.result();
      if (this.quietly && result instanceof Promise) void quiet(waiter.promise);
      // By a promise, and so later than the head, for which somebody may wait who reads then.
      waiter.resolve(result instanceof Promise ? result : Promise.resolve(result));
    }
  }

  /** There is something to read before more has to come. A message that is not complete fills the buffer, and must not stop its own rest. */
  get readable(): boolean {
    return this.holding || this.busy;
  }

  relax(): void {
    if (this.paused && !this.done && (!this.readable || this.reader.buffered < highWaterBytes / 2)) {
      this.paused = false;
      this.host.resume();
    }
  }

  broken(reason: unknown): ConnectError {
    // What a codec or a compression throws beside ConnectErrors is no text for the other side.
    const error = reason instanceof ConnectError ? reason : confidential(ConnectError.from(reason, "internal"));
    if (!this.done) {
      this.finish(error);
      this.host.streamFailed(error);
    }
    return error;
  }

  finish(error: ConnectError | undefined): void {
    this.done = true;
    this.holding = false;
    this.error = error;
  }

  result(): Result<T> | Promise<Result<T>> {
    return this.error === undefined ? { done: true, value: undefined } : this.failing(this.error);
  }
}

export function rejected(error: ConnectError): Promise<never> {
  return Promise.reject(error);
}
