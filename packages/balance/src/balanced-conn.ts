import { ConnectError, HeaderMap } from "@connect-ts/runtime";
import type { ClientConn, OutgoingMessage, ResponseHeadInfo, TransportCall } from "@connect-ts/runtime/transport";
import { type Balancer, Tries } from "./balancer.js";
import { impatient } from "./server.js";

/** A request message, and whoever waits until a transport took it. */
interface Entry<I> {
  readonly outgoing: OutgoingMessage<I>;
  readonly taken: () => void;
  readonly refused: (error: ConnectError) => void;
}

/** A stream that goes to another server when its own is not there, until the head of a response has come. */
export class BalancedConn<I, O> implements ClientConn<I, O> {
  readonly balancer: Balancer;
  readonly call: TransportCall<I, O>;
  readonly replayBytes: number;

  /** Requests from the first one on, or, once they are no longer kept, those that nobody has taken. */
  readonly log: Entry<I>[] = [];
  taken = 0;
  keptBytes = 0;
  /** Requests are kept: another server may be asked. */
  isKeeping = true;
  isClosed = false;
  headersWanted = false;
  wake: () => void = () => {};

  /** The stream on the server that has the call now. */
  conn: ClientConn<I, O> | undefined;
  committed: ClientConn<I, O> | undefined;
  outcome: { readonly error: ConnectError } | undefined;
  readonly ready: Promise<ClientConn<I, O>>;
  commit: (conn: ClientConn<I, O>) => void = () => {};
  refuse: (error: ConnectError) => void = () => {};
  endListeners: ((error: ConnectError | undefined) => void)[] = [];

  constructor(balancer: Balancer, call: TransportCall<I, O>, replayBytes: number) {
    this.balancer = balancer;
    this.call = call;
    this.replayBytes = replayBytes;
    this.ready = quiet(
      new Promise((resolve, reject) => {
        this.commit = resolve;
        this.refuse = reject;
      }),
    );
    void this.run();
  }

  async run(): Promise<void> {
    const { balancer, call } = this;
    const tries = new Tries();
    try {
      for (;;) {
        const server = balancer.take(call, tries) ?? (await balancer.takeLater(call, tries));
        // The caller gave it up while it waited.
        if (this.outcome !== undefined) {
          balancer.ended(call, server, this.outcome.error, tries);
          return;
        }
        let mayGoOn: boolean | undefined;
        const over = (error: ConnectError | undefined): void => {
          mayGoOn ??= balancer.ended(call, server, error, tries);
        };
        try {
          const conn = server.transport.stream(impatient(call));
          conn.onEnd(over);
          await this.attempt(conn);
          balancer.answered(server);
          return;
        } catch (reason) {
          // Transports of users' own may fail before they tell their end, or throw.
          over(ConnectError.from(reason));
          this.conn = undefined;
          if (mayGoOn !== true || !this.isKeeping || this.outcome !== undefined) throw reason;
        }
      }
    } catch (reason) {
      this.fail(ConnectError.from(reason));
    }
  }

  /** Resolves when the head of the response is there. */
  async attempt(conn: ClientConn<I, O>): Promise<void> {
    this.conn = conn;
    this.taken = 0;
    this.keptBytes = 0;
    if (this.headersWanted) conn.sendHeaders();
    void this.sendAll(conn);
    await conn.responseHead();
    if (this.outcome !== undefined) return;
    this.committed = conn;
    this.forget();
    conn.onEnd((error) => {
      for (const { refused } of this.log.splice(0)) refused(error ?? new ConnectError("canceled", "the call is over"));
      this.wake();
    });
    for (const listener of this.endListeners.splice(0)) conn.onEnd(listener);
    this.commit(conn);
  }

  async sendAll(conn: ClientConn<I, O>): Promise<void> {
    while (conn === this.conn) {
      const entry = this.log[this.taken];
      if (entry === undefined) {
        if (this.isClosed) return conn.closeSend();
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
        if (this.outcome !== undefined) return;
        continue;
      }
      try {
        await conn.send(entry.outgoing);
      } catch {
        // It is over there; why, its response tells.
        return;
      }
      if (conn !== this.conn) return;
      this.taken++;
      entry.taken();
      this.count(entry);
    }
  }

  count({ outgoing }: Entry<I>): void {
    if (this.isKeeping && this.committed === undefined) {
      this.keptBytes += outgoing.frame?.bytes.length ?? this.call.spec.input.toBinary(outgoing.message, 0).length;
      if (this.keptBytes <= this.replayBytes) return;
    }
    this.forget();
  }

  /** What was taken is not sent again. */
  forget(): void {
    this.isKeeping = false;
    this.log.splice(0, this.taken);
    this.taken = 0;
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
    return quiet(this.ready.then((conn) => conn.responseHead()));
  }

  receive(): Promise<IteratorResult<O, undefined>> {
    return this.committed === undefined ? quiet(this.ready.then((conn) => conn.receive())) : this.committed.receive();
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
    const { conn } = this;
    if (this.committed === undefined) this.fail(error);
    conn?.cancel(error);
  }
}

/** Nobody need look at a promise of a call that failed: the call tells. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
