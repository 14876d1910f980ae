import { asyncDispose } from "../call/dispose.js";
import { canceledBy } from "../call/lifetime.js";
import type { Peer } from "../call/peer.js";
import type { Spec } from "../call/spec.js";
import { Turns } from "../call/turns.js";
import { checkOptions, show } from "../check-options.js";
import { misused } from "../error/confidential.js";
import { ConnectError } from "../error/connect-error.js";
import { isPromiseLike } from "../http/awaitable.js";
import type { HeaderMap } from "../http/header-map.js";
import { labeled, rejection } from "./caller-frames.js";
import { type ClientBinding, ClientCall } from "./client-call.js";
import type { HeldConn } from "./guarded-conn.js";
import { PendingCall } from "./pending-call.js";
import { readSingle } from "./single-response.js";
import { openStream } from "./stream-attempt.js";
import type { AnyIterable, BidiStream, CallOptions, ClientStream, SendOptions, UnaryCall } from "./types.js";
import { createMessage, follow } from "./unary-call.js";

const sent: Promise<void> = Promise.resolve();

/** What all streams of one RPC share. */
export interface StreamBinding extends ClientBinding {
  /** Makes the connection of a call, with interceptors or without. Never throws. */
  readonly connOf: <I, O>(call: ClientCall<I, O>) => HeldConn<I, O>;
}

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
  readonly conn: HeldConn<I, O>;
  iterated = false;
  known: Peer | undefined = undefined;

  constructor(config: StreamBinding, spec: Spec<I, O>, options: CallOptions | undefined) {
    const call = new ClientCall(config, spec, options, openStream);
    this.call = call;
    this.conn = config.connOf(call);
    call.onCancel((error) => this.conn.cancel(error));
    this.conn.onEnd((error) => {
      if (error !== undefined) call.errorOf(error);
      call.finish();
    });
  }

  get headers(): Promise<HeaderMap> {
    return this.told(this.conn.responseHead().then(({ headers }) => headers));
  }

  get trailers(): Promise<HeaderMap> {
    return this.told(
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

  /** A promise that nobody needs to handle, and whose error names the RPC before its reader sees it. */
  told<T>(promise: Promise<T>): Promise<T> {
    promise.catch((error: unknown) => labeled(this.call.errorOf(error)));
    return promise;
  }

  send(init: I, options?: SendOptions): Promise<void> {
    let message: I;
    try {
      message = createMessage(this.call.spec, init);
      if (options !== undefined) checkSendOptions(options);
    } catch (error) {
      this.call.cancel(error as ConnectError);
      return this.told(Promise.reject(error));
    }
    const waiting = this.conn.send({ message, compress: options?.compress ?? this.call.compress });
    // A send that nobody waits for is no unhandled rejection when the call fails.
    return waiting === undefined ? sent : this.told(waiting);
  }

  sendHeaders(): void {
    this.conn.sendHeaders();
  }

  closeSend(): void {
    this.conn.closeSend();
  }

  [Symbol.asyncIterator](): AsyncIterator<O, undefined, undefined> {
    if (this.iterated) {
      const twice = "a stream can be iterated only once, and this one was iterated before";
      throw labeled(this.call.errorOf(new ConnectError("internal", twice)));
    }
    this.iterated = true;
    this.conn.failing = rejection;
    return {
      next: () => this.conn.receive(),
      return: () => {
        this.cancel();
        return Promise.resolve({ done: true, value: undefined });
      },
      // React ends what it gives up by this, and by this alone.
      throw: (reason: unknown) => {
        this.cancel(reason);
        return Promise.reject(reason);
      },
    };
  }
}

function checkSendOptions(options: SendOptions): void {
  try {
    checkOptions("send()", options, { compress: "boolean" });
  } catch (cause) {
    throw misused(ConnectError.from(cause).rawMessage, cause);
  }
}

/** Starts a call of one request that answers with a stream. */
export function startServerStream<I, O>(
  config: StreamBinding,
  spec: Spec<I, O>,
  request: I,
  options: CallOptions | undefined,
): BidiStream<I, O> {
  const stream = new StreamHandle(config, spec, options);
  // What a failed call was for, its response tells.
  stream.send(request).then(
    () => stream.closeSend(),
    () => undefined,
  );
  return stream;
}

/** Starts a call that streams both ways. */
export function startStream<I, O>(
  config: StreamBinding,
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
  config: StreamBinding,
  spec: Spec<I, O>,
  options: CallOptions | undefined,
): ClientStream<I, O> {
  const stream = new StreamHandle(config, spec, options);
  return Object.assign(stream, { response: pendingOf(stream).response });
}

/** The same with its requests given: nothing but the answer is left. */
export function callWithRequests<I, O>(
  config: StreamBinding,
  spec: Spec<I, O>,
  requests: AnyIterable<I>,
  options: CallOptions | undefined,
): UnaryCall<O> {
  const stream = new StreamHandle(config, spec, options);
  sendAll(stream, requests);
  return pendingOf(stream);
}

function pendingOf<I, O>({ conn, call }: StreamHandle<I, O>): PendingCall<O> {
  const pending = new PendingCall(call as ClientCall<unknown, O>);
  follow(pending, readSingle(conn, call.spec.output.typeName));
  return pending;
}

/** Sends what an iterable gives. It is closed when the call ends first; the call fails when it throws. */
async function pump<I, O>(stream: StreamHandle<I, O>, requests: AnyIterable<I>): Promise<void> {
  const { conn } = stream;
  if (!isIterable(requests)) throw misused(`the requests of a call must be an iterable, not ${show(requests)}`);
  const iterator = Symbol.asyncIterator in requests ? requests[Symbol.asyncIterator]() : requests[Symbol.iterator]();
  const turns = new Turns();
  let open = true;
  let exhausted = false;
  // A generator that cancels its own call is still running then, and cannot be closed.
  let entered = false;
  conn.onEnd(() => {
    open = false;
    if (!exhausted && !entered) close(iterator);
  });
  const next = (): ReturnType<typeof iterator.next> => {
    entered = true;
    try {
      return iterator.next();
    } finally {
      entered = false;
    }
  };
  while (open) {
    const asked = next();
    if (!open) close(iterator);
    const result = await asked;
    if (result.done === true) {
      exhausted = true;
      stream.closeSend();
      return;
    }
    if (!open) return;
    // As `for await` does: a synchronous iterable may give promises.
    const init = isPromiseLike(result.value) ? await result.value : result.value;
    if (!open) return;
    try {
      await stream.send(init);
      const pause = turns.take();
      if (pause !== undefined) await pause;
    } catch {
      // The call is over; why, its response tells.
      return;
    }
  }
}

export function isIterable<T>(value: AnyIterable<T> | CallOptions | undefined): value is AnyIterable<T> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  try {
    return Symbol.asyncIterator in value || Symbol.iterator in value;
  } catch {
    // A proxy may throw. Then so it does when it is asked for messages, and the call fails.
    return true;
  }
}

/** Tells an iterator that nobody wants more. What it makes of that is its own matter: the call has ended. */
function close(iterator: Iterator<unknown> | AsyncIterator<unknown>): void {
  try {
    const closed: unknown = iterator.return?.();
    Promise.resolve(closed).catch(() => undefined);
  } catch {
    // As above.
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
