import { canceledBy } from "../call/lifetime.js";
import { ConnectError } from "../error/connect-error.js";
import { rejection } from "./caller-frames.js";
import type { ClientCall } from "./client-call.js";
import type { UnaryCall, UnaryResponse } from "./types.js";

/**
 * A promise that is made when somebody asks for it: a failure that nobody asks about is no unhandled rejection, and each
 * who asks has a promise with one reaction, by which V8 finds the frames of callers.
 */
abstract class LazyPromise<T> implements Promise<T> {
  /** Makes a promise of the value. */
  abstract wait(): Promise<T>;

  // biome-ignore lint/suspicious/noThenProperty: it is a promise
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.wait().then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.wait().finally(onFinally);
  }

  get [Symbol.toStringTag](): string {
    return "Promise";
  }
}

/** A call that answers with a single message, as its caller holds it. */
export class PendingCall<O> extends LazyPromise<O> implements UnaryCall<O> {
  readonly call: ClientCall<unknown, O>;
  result: UnaryResponse<O> | undefined = undefined;
  error: ConnectError | undefined = undefined;
  waiters: ((message: O | Promise<never>) => void)[] | undefined = undefined;

  constructor(call: ClientCall<unknown, O>) {
    super();
    this.call = call;
  }

  get response(): Promise<UnaryResponse<O>> {
    return new PendingResponse(this);
  }

  cancel(reason?: unknown): void {
    this.call.cancel(canceledBy(reason));
  }

  wait(): Promise<O> {
    if (this.settled) return Promise.resolve(this.outcome());
    return new Promise((resolve) => {
      if (this.waiters === undefined) this.waiters = [resolve];
      else this.waiters.push(resolve);
    });
  }

  get settled(): boolean {
    return this.result !== undefined || this.error !== undefined;
  }

  succeed(result: UnaryResponse<O>): void {
    if (this.settled) return;
    if (!isResponse(result)) {
      this.fail(noResponse());
      return;
    }
    this.result = result;
    this.settle();
  }

  fail(reason: unknown): void {
    if (this.settled) return;
    this.error = this.call.errorOf(reason);
    this.settle();
  }

  settle(): void {
    this.call.finish();
    const { waiters } = this;
    if (waiters === undefined) return;
    this.waiters = undefined;
    for (const resolve of waiters) resolve(this.outcome());
  }

  /** What who asks is given, once the call is over. */
  outcome(): O | Promise<never> {
    return this.error === undefined ? (this.result as UnaryResponse<O>).message : rejection(this.error);
  }
}

/** The message of a call with its metadata. */
class PendingResponse<O> extends LazyPromise<UnaryResponse<O>> {
  readonly pending: PendingCall<O>;

  constructor(pending: PendingCall<O>) {
    super();
    this.pending = pending;
  }

  wait(): Promise<UnaryResponse<O>> {
    return this.pending.wait().then(() => this.pending.result as UnaryResponse<O>);
  }
}

/** A transport of a user's may answer with anything. */
export function isResponse(result: UnaryResponse<unknown>): boolean {
  return typeof result === "object" && result !== null;
}

export function noResponse(): ConnectError {
  return new ConnectError("internal", "the transport answered without a response");
}
