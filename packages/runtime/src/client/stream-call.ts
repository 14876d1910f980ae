import { canceledBy } from "../call/lifetime.js";
import type { Peer } from "../call/peer.js";
import type { Spec } from "../call/spec.js";
import { quiet } from "../call/stream-receiver.js";
import { Turns } from "../call/turns.js";
import { ConnectError } from "../error/connect-error.js";
import type { HeaderMap } from "../http/header-map.js";
import { ClientCall, type ClientConfig } from "./client-call.js";
import { InterceptedConn, oneExpected } from "./intercepted-conn.js";
import type { ClientConn } from "./transport.js";
import type {
  AnyIterable,
  BidiStream,
  CallOptions,
  ClientStream,
  SendOptions,
  UnaryCall,
  UnaryResponse,
} from "./types.js";
import { cannotCreate, PendingCall } from "./unary-call.js";

/** Platforms without the symbol get the one that downlevelled `await using` looks for. */
const asyncDispose: symbol = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");
const sent: Promise<void> = Promise.resolve();

/** A streaming call as its caller holds it: all halves of it; its type shows the halves that the kind of RPC has. */
export class StreamHandle<I, O> implements BidiStream<I, O> {
  static {
    Object.defineProperty(StreamHandle.prototype, asyncDispose, {
      value(this: StreamHandle<unknown, unknown>): Promise<void> {
        this.cancel();
        return Promise.resolve();
      },
    });
  }

  declare [Symbol.asyncDispose]: () => Promise<void>;
  readonly call: ClientCall<I, O>;
  readonly conn: ClientConn<I, O>;
  iterated = false;
  known: Peer | undefined = undefined;

  constructor(config: ClientConfig, spec: Spec<I, O>, options: CallOptions | undefined) {
    const call = new ClientCall(config, spec, options);
    this.call = call;
    const { interceptors } = config.options;
    this.conn =
      interceptors === undefined || interceptors.length === 0
        ? config.transport.stream(call)
        : new InterceptedConn(call, interceptors);
    call.onCancel((error) => this.conn.cancel(error));
    this.conn.onEnd(() => {
      call.finish();
    });
  }

  get headers(): Promise<HeaderMap> {
    return quiet(this.conn.responseHead().then(({ headers }) => headers));
  }

  get trailers(): Promise<HeaderMap> {
    return quiet(
      new Promise((resolve, reject) => {
        this.conn.onEnd((error) => {
          if (error === undefined) resolve(this.conn.trailers);
          else reject(error);
        });
      }),
    );
  }

  get peer(): Peer {
    return this.known ?? this.call.config.transport.peer();
  }

  cancel(reason?: unknown): void {
    this.call.cancel(canceledBy(reason));
  }

  send(init: I, options?: SendOptions): Promise<void> {
    const { input } = this.call.spec;
    let message: I;
    try {
      message = input.create(init);
    } catch (cause) {
      const error = cannotCreate(input.typeName, cause);
      this.call.cancel(error);
      return quiet(Promise.reject(error));
    }
    const waiting = this.conn.send({ message, compress: options?.compress ?? this.call.options?.compress });
    // A send that nobody waits for is no unhandled rejection when the call fails.
    return waiting === undefined ? sent : quiet(waiting);
  }

  sendHeaders(): void {
    this.conn.sendHeaders();
  }

  closeSend(): void {
    this.conn.closeSend();
  }

  [Symbol.asyncIterator](): AsyncIterator<O, undefined, undefined> {
    if (this.iterated) throw new ConnectError("internal", "a stream can be iterated once, and this one was");
    this.iterated = true;
    return {
      next: () => this.conn.receive(),
      return: () => {
        this.cancel();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }
}

/** Starts a call that answers with a stream. */
export function startStream<I, O>(
  config: ClientConfig,
  spec: Spec<I, O>,
  requests: AnyIterable<I> | undefined,
  options: CallOptions | undefined,
): BidiStream<I, O> {
  const stream = new StreamHandle(config, spec, options);
  if (requests !== undefined) sendAll(stream, requests);
  return stream;
}

/** Starts a call that streams requests and answers with one message. */
export function startClientStream<I, O>(
  config: ClientConfig,
  spec: Spec<I, O>,
  options: CallOptions | undefined,
): ClientStream<I, O> {
  const stream = new StreamHandle(config, spec, options);
  return Object.assign(stream, { response: quiet(readSingle(stream)) });
}

/** The same with its requests given: nothing but the answer is left. */
export function callWithRequests<I, O>(
  config: ClientConfig,
  spec: Spec<I, O>,
  requests: AnyIterable<I>,
  options: CallOptions | undefined,
): UnaryCall<O> {
  const stream = new StreamHandle(config, spec, options);
  sendAll(stream, requests);
  return new PendingCall(readSingle(stream), (reason) => stream.cancel(reason));
}

async function readSingle<I, O>({ conn, call }: StreamHandle<I, O>): Promise<UnaryResponse<O>> {
  const { typeName } = call.spec.output;
  const first = await conn.receive();
  if (first.done === true) throw oneExpected(typeName, "none came");
  const second = await conn.receive();
  if (second.done !== true) {
    const error = oneExpected(typeName, "more came");
    conn.cancel(error);
    throw error;
  }
  const { headers, peer } = await conn.responseHead();
  return { message: first.value, headers, trailers: conn.trailers, peer };
}

/** Sends what an iterable gives. It is closed when the call ends first; the call fails when it throws. */
async function pump<I, O>(stream: StreamHandle<I, O>, requests: AnyIterable<I>): Promise<void> {
  const { conn } = stream;
  const iterator = Symbol.asyncIterator in requests ? requests[Symbol.asyncIterator]() : requests[Symbol.iterator]();
  const turns = new Turns();
  let open = true;
  let exhausted = false;
  conn.onEnd(() => {
    open = false;
    if (!exhausted) void quiet(Promise.resolve(iterator.return?.()).then(() => undefined));
  });
  while (open) {
    const result = await iterator.next();
    if (result.done === true) {
      exhausted = true;
      stream.closeSend();
      return;
    }
    if (!open) return;
    try {
      await stream.send(result.value);
      const pause = turns.take();
      if (pause !== undefined) await pause;
    } catch {
      // The call is over; why, its response tells.
      return;
    }
  }
}

function sendAll<I, O>(stream: StreamHandle<I, O>, requests: AnyIterable<I>): void {
  pump(stream, requests).catch((reason: unknown) => {
    const error =
      reason instanceof ConnectError
        ? reason
        : new ConnectError("canceled", "the iterable of request messages threw", { cause: reason });
    stream.call.cancel(error);
  });
}
