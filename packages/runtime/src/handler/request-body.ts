import type { DecodeOptions } from "../call/decode-message.js";
import { envelopes } from "../call/envelopes.js";
import { SingleReceiver } from "../call/single-receiver.js";
import { type ReceiverHost, StreamReceiver } from "../call/stream-receiver.js";
import { ConnectError } from "../error/connect-error.js";
import { type Awaitable, quiet } from "../http/awaitable.js";
import type { HeaderMap } from "../http/header-map.js";
import type { HttpServerStream } from "../http/http-server.js";
import type { HandlerExchange } from "../protocol/protocol.js";

/** What a call does with its request's body. `push`, then `end` or `fail`. */
export interface RequestBody {
  /** @throws ConnectError as soon as the body cannot be accepted */
  push(chunk: Uint8Array): void;
  endBody(): void;
  fail(error: ConnectError): void;
  /** Whether the message that was read last came compressed. */
  readonly requestCompressed: boolean;
}

/** What sees each request message of a stream before the handler does. */
export interface RequestObserver {
  sawRequest(message: unknown, compressed: boolean, bytes: number): Awaitable<unknown>;
}

/** The request of an RPC with one request message. */
export class SingleRequest extends SingleReceiver<unknown> implements RequestBody {
  /** The body is complete, or broke. */
  over = false;
  failure: ConnectError | undefined = undefined;
  waiter: (() => void) | undefined = undefined;

  constructor(decoding: DecodeOptions<unknown>, exchange: HandlerExchange, headers?: HeaderMap) {
    super(decoding, exchange.enveloped && envelopes);
    this.headers = headers;
    this.compression = exchange.requestCompression;
    this.compressed = exchange.requestCompressed;
  }

  get requestCompressed(): boolean {
    return this.compressed;
  }

  endBody(): void {
    this.over = true;
    this.waiter?.();
  }

  fail(error: ConnectError): void {
    this.failure ??= error;
    this.endBody();
  }

  /** Settles when the body is over, however. */
  whole(): Promise<void> {
    return new Promise((resolve) => {
      this.waiter = resolve;
    });
  }

  /** The message of a body that is over. @throws ConnectError */
  read(): Awaitable<unknown> {
    if (this.failure !== undefined) throw this.failure;
    const incomplete = this.incomplete();
    if (incomplete !== undefined) throw endedEarly(incomplete);
    if (this.last !== undefined) refuseFlags(this.last.flags);
    return this.message();
  }
}

/** The request of an RPC with a stream of request messages. */
export class StreamRequest implements RequestBody, ReceiverHost {
  readonly stream: HttpServerStream;
  readonly receiver: StreamReceiver<unknown>;

  constructor(decoding: DecodeOptions<unknown>, exchange: HandlerExchange, stream: HttpServerStream) {
    this.stream = stream;
    this.receiver = new StreamReceiver(this, decoding);
    this.receiver.compression = exchange.requestCompression;
    this.receiver.quietly = true;
  }

  get requestCompressed(): boolean {
    return this.receiver.lastCompressed;
  }

  push(chunk: Uint8Array): void {
    this.receiver.push(chunk);
  }

  endBody(): void {
    this.receiver.endBody();
  }

  fail(error: ConnectError): void {
    this.receiver.fail(error);
  }

  /** The messages, for a handler to iterate. What it does not wait for is no unhandled rejection. */
  messages(observer: RequestObserver | undefined): AsyncIterableIterator<unknown, undefined, undefined> {
    const { receiver } = this;
    return {
      next: () => (observer === undefined ? receiver.receive() : quiet(observed(receiver, observer))),
      return: () => {
        // The handler wants no more messages: leave them to the flow control.
        this.pause();
        return Promise.resolve({ done: true, value: undefined });
      },
      throw: (reason: unknown) => {
        this.pause();
        return Promise.reject(reason);
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }

  endEnvelope(flags: number): void {
    refuseFlags(flags);
  }

  streamEnded(_extraBytes: number, incomplete: string | undefined): ConnectError | undefined {
    return incomplete === undefined ? undefined : endedEarly(incomplete);
  }

  streamFailed(): void {
    // The reader of the requests is told; what it makes of it is the call's status.
  }
}

async function observed(
  receiver: StreamReceiver<unknown>,
  observer: RequestObserver,
): Promise<IteratorResult<unknown, undefined>> {
  const result = await receiver.receive();
  if (result.done === true) return result;
  return {
    done: false,
    value: await observer.sawRequest(result.value, receiver.lastCompressed, receiver.lastSize),
  };
}

function endedEarly(incomplete: string): ConnectError {
  return new ConnectError("invalid_argument", `the request ended early: ${incomplete}`);
}

function refuseFlags(flags: number): never {
  throw new ConnectError(
    "invalid_argument",
    `a request message has the envelope flags ${flags}, which are not allowed in requests`,
  );
}
