import { ConnectError, HeaderMap } from "@connect-ts/runtime";
import type {
  ClientConn,
  OutgoingMessage,
  ResponseHeadInfo,
  Transport,
  TransportCall,
} from "@connect-ts/runtime/transport";
import { AttemptCall, pause } from "./attempt-call.js";
import { type Attempts, counted } from "./attempts.js";

/** A request message, and whoever waits until a transport took it. */
interface Entry<I> {
  readonly outgoing: OutgoingMessage<I>;
  readonly taken: () => void;
  readonly refused: (error: ConnectError) => void;
}

/** How long a caller who waits for the head alone does so while a failure may follow it, in milliseconds. */
const headGraceMs = 10;

/**
 * A stream that is run again until it commits: until a message of the response has come, or its good end, or the caller waits
 * for its head, or more requests went than are kept.
 */
export class RetryConn<I, O> implements ClientConn<I, O> {
  readonly transport: Transport;
  readonly call: TransportCall<I, O>;
  readonly attempts: Attempts;
  readonly replayBytes: number;

  /** Requests from the first one on, or, once committed, those that no attempt has taken. */
  readonly log: Entry<I>[] = [];
  /** How many of them the current attempt took. */
  taken = 0;
  keptBytes = 0;
  isClosed = false;
  headersWanted = false;
  wake: () => void = () => {};

  conn: ClientConn<I, O> | undefined;
  committed: ClientConn<I, O> | undefined;
  /** More was sent than is kept: the attempt that runs is the last one. */
  isLast = false;
  outcome: { readonly error: ConnectError } | undefined;
  first: Promise<IteratorResult<O, undefined>> | undefined;
  readonly ready: Promise<ClientConn<I, O>>;
  commit: (conn: ClientConn<I, O>) => void = () => {};
  refuse: (error: ConnectError) => void = () => {};
  heldHead: ClientConn<I, O> | undefined;
  isHeadWanted = false;
  headTimer: ReturnType<typeof setTimeout> | undefined;
  endListeners: ((error: ConnectError | undefined) => void)[] = [];

  constructor(transport: Transport, call: TransportCall<I, O>, attempts: Attempts, replayBytes: number) {
    this.transport = transport;
    this.call = call;
    this.attempts = attempts;
    this.replayBytes = replayBytes;
    this.ready = new Promise((resolve, reject) => {
      this.commit = resolve;
      this.refuse = reject;
    });
    void quiet(this.ready);
    void this.run();
  }

  /** Makes attempts until one commits, or fails for good. */
  async run(): Promise<void> {
    const { attempts, call } = this;
    for (;;) {
      const attempt = new AttemptCall(call, attempts.failed, attempts.policy.attemptTimeoutMs);
      try {
        await this.attempt(attempt);
        return;
      } catch (reason) {
        const error = attempt.reason ?? ConnectError.from(reason);
        this.conn?.cancel(error);
        this.conn = undefined;
        attempt.release();
        this.holdHead(undefined);
        if (this.outcome !== undefined || this.committed !== undefined) return;
        const made = attempts.failed + 1;
        const delayMs = attempt.isCallOver ? undefined : attempts.afterFailure(error, !this.isLast);
        if (delayMs === undefined) return this.fail(counted(error, made));
        try {
          await pause(call, delayMs);
        } catch (ended) {
          return this.fail(counted(ConnectError.from(ended), made));
        }
        if (this.outcome !== undefined) return;
      }
    }
  }

  /** Resolves when the attempt has committed. */
  async attempt(attempt: AttemptCall<I, O>): Promise<void> {
    const conn = this.transport.stream(attempt);
    this.conn = conn;
    this.taken = 0;
    attempt.onCancel((error) => conn.cancel(error));
    if (this.headersWanted) conn.sendHeaders();
    void this.sendAll(conn);
    await conn.responseHead();
    this.holdHead(conn);
    const first = conn.receive();
    this.first = first;
    await first;
    attempt.stopTimer();
    conn.onEnd(() => attempt.release());
    this.commitTo(conn);
  }

  commitTo(conn: ClientConn<I, O>): void {
    this.holdHead(undefined);
    if (this.committed !== undefined) return;
    this.committed = conn;
    this.forget();
    conn.onEnd((error) => {
      if (error === undefined) this.attempts.succeeded();
      else this.attempts.afterFailure(error, false);
      for (const { refused } of this.log.splice(0)) refused(error ?? new ConnectError("canceled", "the call is over"));
    });
    for (const listener of this.endListeners.splice(0)) conn.onEnd(listener);
    this.commit(conn);
  }

  holdHead(conn: ClientConn<I, O> | undefined): void {
    this.heldHead = conn;
    clearTimeout(this.headTimer);
    this.headTimer = undefined;
    if (conn !== undefined && this.isHeadWanted) this.awaitHead();
  }

  /** A caller who waits for the head before it sends anything must get it, though no message may follow. */
  awaitHead(): void {
    this.isHeadWanted = true;
    const conn = this.heldHead;
    if (conn !== undefined) this.headTimer ??= setTimeout(() => this.commitTo(conn), headGraceMs);
  }

  /** What was taken need not be sent again. */
  forget(): void {
    this.log.splice(0, this.taken);
    this.taken = 0;
    this.keptBytes = 0;
  }

  async sendAll(conn: ClientConn<I, O>): Promise<void> {
    while (conn === this.conn) {
      const entry = this.log[this.taken];
      if (entry === undefined) {
        if (this.isClosed) return conn.closeSend();
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
        continue;
      }
      try {
        await conn.send(entry.outgoing);
      } catch {
        // The attempt is over; why, its response tells.
        return;
      }
      if (conn !== this.conn) return;
      this.taken++;
      entry.taken();
      this.count(entry);
    }
  }

  count({ outgoing }: Entry<I>): void {
    if (this.committed !== undefined || this.isLast) {
      this.forget();
      return;
    }
    this.keptBytes += outgoing.frame?.bytes.length ?? this.call.spec.input.toBinary(outgoing.message, 0).length;
    if (this.keptBytes <= this.replayBytes) return;
    this.isLast = true;
    this.forget();
  }

  fail(error: ConnectError): void {
    if (this.outcome !== undefined) return;
    this.outcome = { error };
    this.refuse(error);
    for (const { refused } of this.log.splice(0)) refused(error);
    for (const listener of this.endListeners.splice(0)) listener(error);
    this.wake();
  }

  // -------------------------------------------------------------- towards the caller

  send(outgoing: OutgoingMessage<I>): Promise<void> | undefined {
    if (this.outcome !== undefined) return quiet(Promise.reject(this.outcome.error));
    if (this.committed !== undefined && this.log.length === 0) return this.committed.send(outgoing);
    const sent = new Promise<void>((taken, refused) => {
      this.log.push({ outgoing, taken, refused });
    });
    this.wake();
    return quiet(sent);
  }

  sendHeaders(): void {
    this.headersWanted = true;
    this.conn?.sendHeaders();
  }

  closeSend(): void {
    this.isClosed = true;
    if (this.committed !== undefined && this.log.length === 0) this.committed.closeSend();
    else this.wake();
  }

  responseHead(): Promise<ResponseHeadInfo> {
    if (this.committed === undefined) this.awaitHead();
    return quiet(this.ready.then((conn) => conn.responseHead()));
  }

  receive(): Promise<IteratorResult<O, undefined>> {
    return quiet(
      this.ready.then((conn) => {
        // The attempt asked for the first one.
        const result = this.first ?? conn.receive();
        this.first = undefined;
        return result;
      }),
    );
  }

  get lastReceived(): ClientConn["lastReceived"] {
    return this.committed?.lastReceived ?? { compressed: false, bytes: 0 };
  }

  get trailers(): HeaderMap {
    return this.committed?.trailers ?? new HeaderMap();
  }

  onEnd(listener: (error: ConnectError | undefined) => void): void {
    if (this.outcome !== undefined) listener(this.outcome.error);
    else if (this.committed === undefined) this.endListeners.push(listener);
    else this.committed.onEnd(listener);
  }

  cancel(error: ConnectError): void {
    this.conn?.cancel(error);
    if (this.committed === undefined) this.fail(error);
  }
}

/** Nobody need look at a promise of a call that failed: the call tells. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
