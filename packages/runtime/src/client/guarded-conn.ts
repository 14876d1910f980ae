import type { OutgoingMessage } from "../call/outgoing-message.js";
import { rejected } from "../call/stream-receiver.js";
import { ConnectError } from "../error/connect-error.js";
import { quiet } from "../http/awaitable.js";
import { HeaderMap } from "../http/header-map.js";
import { after } from "../time.js";
import type { ClientCall } from "./client-call.js";
import { StreamAttempt, sentTooLate } from "./stream-attempt.js";
import type { ClientConn, ResponseHeadInfo } from "./transport.js";

/** A connection as the client holds it. */
export interface HeldConn<I = unknown, O = unknown> extends ClientConn<I, O> {
  /** Makes the promise of whoever reads on after a failure. */
  failing: (error: ConnectError) => Promise<never>;
}

/** Starts an attempt of a streaming call. Never throws: what goes wrong is the end of the attempt. */
export function openConn<I, O>(call: ClientCall<I, O>): HeldConn<I, O> {
  if (call.reason !== undefined) return failedConn(call.reason);
  try {
    const conn = call.config.transport.stream(call);
    return conn instanceof StreamAttempt ? conn : new GuardedConn(conn);
  } catch (reason) {
    return failedConn(reason);
  }
}

/** A connection that did not come about. */
export function failedConn<I, O>(reason: unknown): HeldConn<I, O> {
  return new GuardedConn<I, O>(undefined, ConnectError.from(reason, "internal"));
}

/** A connection of somebody else's transport: whatever it throws, and whenever, is the end of the attempt and nothing worse. */
class GuardedConn<I, O> implements HeldConn<I, O> {
  failing: (error: ConnectError) => Promise<never> = rejected;
  readonly inner: ClientConn<I, O> | undefined;
  over = false;
  /** It said itself that it failed. */
  isTold = false;
  outcome: ConnectError | undefined = undefined;
  endListeners: ((error: ConnectError | undefined) => void)[] = [];
  waiters: Set<(failure: Promise<never>) => void> = new Set();

  constructor(inner: ClientConn<I, O> | undefined, error?: ConnectError) {
    this.inner = inner;
    if (error !== undefined) this.end(error);
    else {
      const listener = (reason: ConnectError | undefined): void =>
        this.told(reason === undefined ? undefined : ConnectError.from(reason, "internal"));
      this.leave(this.attempt(() => (inner as ClientConn).onEnd(listener)));
      // A transport whose stream() is async gives a promise.
      this.leave(inner);
    }
  }

  send(message: OutgoingMessage<I>): Promise<void> | undefined {
    if (this.over) return Promise.reject(this.outcome ?? sentTooLate());
    const waiting = this.attempt(() => this.inner?.send(message));
    if (this.outcome !== undefined) {
      this.leave(waiting);
      return Promise.reject(this.outcome);
    }
    return waiting === undefined ? undefined : this.settled(waiting).then(nothing);
  }

  sendHeaders(): void {
    if (!this.over) this.leave(this.attempt(() => this.inner?.sendHeaders()));
  }

  closeSend(): void {
    if (!this.over) this.leave(this.attempt(() => this.inner?.closeSend()));
  }

  responseHead(): Promise<ResponseHeadInfo> {
    if (this.outcome !== undefined && !this.isTold) return quiet(Promise.reject(this.outcome));
    if (this.isTold) this.releaseNextTurn();
    return quiet(this.answer(() => (this.inner as ClientConn).responseHead(), "a response's head"));
  }

  receive(): Promise<IteratorResult<O, undefined>> {
    if (this.outcome !== undefined && !this.isTold) return this.failing(this.outcome);
    if (this.isTold) this.releaseNextTurn();
    return this.answer(() => (this.inner as ClientConn<I, O>).receive(), "a result");
  }

  /** What a method gives, which must be an object. */
  answer<T extends object>(ask: () => Promise<T>, what: string): Promise<T> {
    const before = this.outcome;
    const given = this.attempt(ask);
    // A failure that it told of comes after what it gives.
    if (this.outcome !== before && !this.isTold) {
      this.leave(given);
      return this.failing(this.outcome as ConnectError);
    }
    return this.settled(given).then((value) => {
      if (typeof value === "object" && value !== null) return value;
      throw this.fail(new ConnectError("internal", `the transport gave ${String(value)} where ${what} was expected`));
    });
  }

  /** Waits for a promise of the connection's, or for the end of the attempt if that is a failure. */
  settled<T>(given: T | PromiseLike<T> | undefined): Promise<T> {
    return new Promise<T>((resolve) => {
      this.waiters.add(resolve);
      Promise.resolve(given).then(
        (value) => {
          this.waiters.delete(resolve);
          resolve(value as T);
        },
        (reason: unknown) => {
          // Told already by the end of the attempt: another promise that fails would be nobody's.
          if (!this.waiters.delete(resolve) && this.outcome !== undefined) return;
          resolve(this.failing(this.fail(reason)));
        },
      );
    });
  }

  get trailers(): HeaderMap {
    return this.attempt(() => this.inner?.trailers) ?? new HeaderMap();
  }

  get lastReceived(): ClientConn["lastReceived"] {
    return this.attempt(() => this.inner?.lastReceived) ?? { compressed: false, bytes: 0 };
  }

  onEnd(listener: (error: ConnectError | undefined) => void): void {
    if (this.over) listener(this.outcome);
    else this.endListeners.push(listener);
  }

  cancel(error: ConnectError): void {
    if (this.over) return;
    this.end(error);
    this.leave(this.attempt(() => this.inner?.cancel(error)));
  }

  /** Enters the connection's code. */
  attempt<T>(act: () => T): T | undefined {
    try {
      return act();
    } catch (reason) {
      this.fail(reason);
      return undefined;
    }
  }

  /** Nobody waits for what a method gave: one that is `async` and fails ends the attempt, unless that has ended. */
  leave(given: unknown): void {
    Promise.resolve(given).then(undefined, (reason: unknown) => this.fail(reason));
  }

  /** The attempt failed by what the connection did. Returns what it ended with. */
  fail(reason: unknown): ConnectError {
    const error = ConnectError.from(reason, "internal");
    if (!this.over) this.cancel(error);
    return this.outcome ?? error;
  }

  /** The connection says that it is over. Messages that came before its failure are read first, as long as it gives them at once. */
  told(error: ConnectError | undefined): void {
    if (this.over) return;
    this.isTold = error !== undefined;
    if (this.isTold) this.releaseNextTurn();
    this.end(error);
  }

  releaseNextTurn(): void {
    after(0, () => this.release());
  }

  /** Whoever still waits for a connection that failed gets the failure. */
  release(): void {
    const { outcome } = this;
    if (outcome !== undefined) for (const resolve of this.waiters) resolve(this.failing(outcome));
    this.waiters.clear();
  }

  end(error: ConnectError | undefined): void {
    if (this.over) return;
    this.over = true;
    this.outcome = error;
    if (!this.isTold) this.release();
    for (const listener of this.endListeners.splice(0)) listener(error);
  }
}

function nothing(): void {
  // Who sends waits for no value.
}
