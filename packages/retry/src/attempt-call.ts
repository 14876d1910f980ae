import { ConnectError, HeaderMap } from "@connect-ts/runtime";
import type { OutgoingMessage, Transport, TransportCall, TransportResponse } from "@connect-ts/runtime/transport";

/** Marks the error of an attempt that took too long. */
export const AttemptTimeout: unique symbol = Symbol("attempt timeout");

/** One attempt of a call, for the transport that makes it: it can be given up alone. */
export class AttemptCall<I, O> implements TransportCall<I, O> {
  readonly spec: TransportCall<I, O>["spec"];
  readonly call: TransportCall<I, O>;
  readonly openStream: TransportCall<I, O>["openStream"];
  waitForReady: boolean;
  readonly requestHeaders: HeaderMap;
  readonly listeners: Set<(error: ConnectError) => void> = new Set();
  readonly end: number | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
  /** Why it was given up. */
  reason: ConnectError | undefined;
  readonly callEnded: (error: ConnectError) => void;
  /** The whole call is over, not only this attempt. */
  isCallOver = false;

  /** @param previous - how many attempts there were before @param what - what takes too long then, for the error */
  constructor(call: TransportCall<I, O>, previous: number, timeoutMs: number | undefined, what = "attempt") {
    this.call = call;
    this.spec = call.spec;
    this.openStream = call.openStream;
    this.waitForReady = call.waitForReady ?? false;
    this.requestHeaders = new HeaderMap(call.requestHeaders);
    this.requestHeaders.delete("grpc-previous-rpc-attempts");
    if (previous > 0) this.requestHeaders.set("grpc-previous-rpc-attempts", String(previous));
    this.end = timeoutMs === undefined ? undefined : performance.now() + timeoutMs;
    const end = (error: ConnectError): void => {
      this.isCallOver = true;
      this.cancel(error);
    };
    this.callEnded = end;
    if (timeoutMs !== undefined) {
      this.timer = setTimeout(() => {
        const text = `the ${what} took longer than ${timeoutMs} ms`;
        this.cancel(new ConnectError("deadline_exceeded", text, { cause: AttemptTimeout }));
      }, timeoutMs);
    }
    call.onCancel(this.callEnded);
  }

  get deadlineMs(): number {
    return this.call.deadlineMs ?? 0;
  }

  timeoutMs(): number | undefined {
    const left = this.call.timeoutMs();
    const own = this.end === undefined ? undefined : Math.max(0, this.end - performance.now());
    return own === undefined || left === undefined ? (own ?? left) : Math.min(own, left);
  }

  onCancel(listener: (error: ConnectError) => void): void {
    if (this.reason === undefined) this.listeners.add(listener);
    else listener(this.reason);
  }

  offCancel(listener: (error: ConnectError) => void): void {
    this.listeners.delete(listener);
  }

  cancel(error: ConnectError): void {
    if (this.reason !== undefined) return;
    this.reason = error;
    this.release();
    for (const listener of [...this.listeners]) listener(error);
    this.listeners.clear();
  }

  /** From now on it may take as long as the call: something of the response is there. */
  stopTimer(): void {
    clearTimeout(this.timer);
  }

  /** It is over: nothing holds on to it. */
  release(): void {
    this.stopTimer();
    this.call.offCancel(this.callEnded);
  }
}

/** Makes a unary attempt, which ends when it is given up, whatever the transport does. */
export async function runUnary<I, O>(
  transport: Transport,
  attempt: AttemptCall<I, O>,
  message: OutgoingMessage<I>,
): Promise<TransportResponse<O>> {
  try {
    return await new Promise((resolve, reject) => {
      attempt.onCancel(reject);
      if (attempt.reason === undefined) transport.unary(attempt, message).then(resolve, reject);
    });
  } finally {
    attempt.release();
  }
}

/** Waits, but no longer than the call lives. @throws ConnectError when the call ends meanwhile */
export function pause(call: TransportCall, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = (error: ConnectError): void => {
      clearTimeout(timer);
      reject(error);
    };
    const timer = setTimeout(() => {
      call.offCancel(ended);
      resolve();
    }, ms);
    call.onCancel(ended);
  });
}
