import { sentInfo } from "../call/hooks.js";
import type { Interceptor } from "../call/interceptor.js";
import type { OutgoingMessage } from "../call/outgoing-message.js";
import { quiet } from "../call/stream-receiver.js";
import { ConnectError } from "../error/connect-error.js";
import type { HeaderMap } from "../http/header-map.js";
import type { ClientCall } from "./client-call.js";
import { ClientInterception } from "./client-interception.js";
import type { ClientConn, ResponseHeadInfo } from "./transport.js";

interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** A request message, and who waits for it to be sent. */
interface Entry<I> {
  outgoing: OutgoingMessage<I>;
  readonly waiter: Waiter<void>;
}

const defaultReplayBytes = 64 * 1024;

/**
 * A streaming call with interceptors around it, as a connection like any other. Messages of both
 * directions pass through the function that runs inside the innermost `next()`, so hooks and
 * async contexts of interceptors hold for all of them. An attempt can be run again until part of
 * its response was delivered, from the request messages that are kept.
 */
export class InterceptedConn<I, O> implements ClientConn<I, O> {
  readonly call: ClientCall<I, O>;
  readonly seen: ClientInterception<I, O>;
  readonly single: boolean;
  readonly ended: Promise<void>;

  // Requests on their way in.
  queue: Entry<I>[] = [];
  sent: Entry<I>[] | undefined = [];
  sentBytes = 0;
  sendClosed = false;
  headersWanted = false;
  wakeSender: (() => void) | undefined = undefined;

  // Responses on their way out.
  conn: ClientConn<I, O> | undefined = undefined;
  headInfo: ResponseHeadInfo | undefined = undefined;
  headWaiters: Waiter<ResponseHeadInfo>[] = [];
  ready: O[] = [];
  readers: Waiter<IteratorResult<O, undefined>>[] = [];
  taken: (() => void) | undefined = undefined;
  lastReceived: { compressed: boolean; bytes: number } = { compressed: false, bytes: 0 };

  over = false;
  outcome: ConnectError | undefined = undefined;
  endListeners: ((error: ConnectError | undefined) => void)[] = [];

  constructor(call: ClientCall<I, O>, interceptors: readonly Interceptor[]) {
    this.call = call;
    this.single = call.spec.kind === "client_streaming";
    this.seen = new ClientInterception(call);
    call.onCancel((error) => {
      this.conn?.cancel(error);
      this.ready = [];
      this.taken?.();
      this.wakeSender?.();
    });
    this.ended = quiet(this.seen.run(interceptors, () => this.attempt()));
    this.ended.then(
      () => this.finish(undefined),
      (error: ConnectError) => this.finish(error),
    );
  }

  // -------------------------------------------------------------- inside next()

  async attempt(): Promise<void> {
    const { call, seen } = this;
    if (call.reason !== undefined) throw call.reason;
    if (this.sent === undefined) {
      throw new ConnectError(
        "internal",
        "next() cannot run the call again: more request messages were sent than replayBytes",
      );
    }
    const conn = call.config.transport.stream(call);
    this.conn = conn;
    if (this.headersWanted) conn.sendHeaders();
    let sending = true;
    conn.onEnd(() => {
      sending = false;
      this.wakeSender?.();
    });
    this.sendAll(conn, () => sending).catch((error: unknown) => conn.cancel(ConnectError.from(error, "internal")));
    try {
      await this.receiveAll(conn);
    } catch (reason) {
      const error = call.reason ?? ConnectError.from(reason, "internal");
      conn.cancel(error);
      throw error;
    }
    seen.responseTrailers = conn.trailers;
  }

  async receiveAll(conn: ClientConn<I, O>): Promise<void> {
    const { seen, call } = this;
    const { output } = call.spec;
    const head = await conn.responseHead();
    seen.peer = head.peer;
    seen.responseHeaders = head.headers;
    await seen.hooks.onHeaders(head.headers);
    if (!this.single) this.deliverHead(head);
    for (let index = 0; ; index++) {
      const result = await conn.receive();
      if (result.done === true) {
        if (this.single && index === 0) throw oneExpected(output.typeName, "none came");
        return;
      }
      if (this.single && index > 0) throw oneExpected(output.typeName, "more came");
      const info = { ...conn.lastReceived, index };
      seen.stats.responseMessages++;
      seen.stats.responseBytes += info.bytes;
      const message = await seen.hooks.onResponse(result.value, info, output);
      if (this.single) seen.answer = message;
      else await this.deliver(message, info);
    }
  }

  async sendAll(conn: ClientConn<I, O>, sending: () => boolean): Promise<void> {
    for (let index = 0; ; index++) {
      const kept = this.sent?.[index];
      const entry = kept ?? (await this.nextRequest(sending));
      if (entry === undefined) {
        if (sending()) conn.closeSend();
        return;
      }
      if (kept === undefined) {
        await this.admit(entry, index);
        this.sent?.push(entry);
      }
      try {
        await conn.send(entry.outgoing);
      } catch {
        // The attempt is over; why, its response tells. A further attempt may send the message.
        return;
      }
      entry.waiter.resolve();
      if (kept === undefined) this.count(entry);
    }
  }

  async admit(entry: Entry<I>, index: number): Promise<void> {
    const { input } = this.call.spec;
    const { message, compress } = entry.outgoing;
    const replaced = await this.seen.hooks.onRequest(message, sentInfo(message, input, compress, index), input);
    entry.outgoing = { message: replaced, compress };
  }

  count({ outgoing }: Entry<I>): void {
    const { stats } = this.seen;
    const size = outgoing.frame?.size ?? 0;
    stats.requestMessages++;
    stats.requestBytes += size;
    this.sentBytes += outgoing.frame?.bytes.length ?? this.call.spec.input.toBinary(outgoing.message, 0).length;
    const limit = this.call.config.options.replayBytes ?? defaultReplayBytes;
    if (this.sentBytes > limit || this.seen.committed) this.sent = undefined;
  }

  /** The next message to send; `undefined` when there will be none, or the attempt is over. */
  async nextRequest(sending: () => boolean): Promise<Entry<I> | undefined> {
    while (sending() && !this.over) {
      const entry = this.queue.shift();
      if (entry !== undefined) return entry;
      if (this.sendClosed) return undefined;
      await new Promise<void>((resolve) => {
        this.wakeSender = resolve;
      });
    }
    return undefined;
  }

  deliverHead(head: ResponseHeadInfo): void {
    this.seen.committed = true;
    this.headInfo = head;
    for (const { resolve } of this.headWaiters.splice(0)) resolve(head);
  }

  async deliver(message: O, info: { compressed: boolean; bytes: number }): Promise<void> {
    const reader = this.readers.shift();
    if (reader !== undefined) {
      this.lastReceived = info;
      reader.resolve({ done: false, value: message });
      return;
    }
    if (this.call.reason !== undefined) throw this.call.reason;
    this.ready.push(message);
    await new Promise<void>((resolve) => {
      this.taken = resolve;
    });
    this.lastReceived = info;
  }

  // -------------------------------------------------------------- towards the caller

  send(outgoing: OutgoingMessage<I>): Promise<void> {
    if (this.over) return Promise.reject(this.outcome ?? ended());
    if (this.sendClosed) return Promise.reject(new ConnectError("internal", "send() after closeSend()"));
    if (this.queue.length >= 2) {
      const error = new ConnectError(
        "resource_exhausted",
        "messages are sent faster than the call takes them: wait for the promise that send() returns",
      );
      this.cancel(error);
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.queue.push({ outgoing, waiter: { resolve, reject } });
      this.wakeSender?.();
    });
  }

  sendHeaders(): void {
    this.headersWanted = true;
    this.conn?.sendHeaders();
  }

  closeSend(): void {
    this.sendClosed = true;
    this.wakeSender?.();
  }

  responseHead(): Promise<ResponseHeadInfo> {
    if (this.headInfo !== undefined) return Promise.resolve(this.headInfo);
    if (this.over) return quiet(Promise.reject(this.outcome ?? ended()));
    return new Promise((resolve, reject) => {
      this.headWaiters.push({ resolve, reject });
    });
  }

  receive(): Promise<IteratorResult<O, undefined>> {
    if (this.ready.length > 0) {
      const value = this.ready.shift() as O;
      this.taken?.();
      return Promise.resolve({ done: false, value });
    }
    if (this.over) return this.last();
    return new Promise((resolve, reject) => {
      this.readers.push({ resolve, reject });
    });
  }

  last(): Promise<IteratorResult<O, undefined>> {
    return this.outcome === undefined
      ? Promise.resolve({ done: true, value: undefined })
      : Promise.reject(this.outcome);
  }

  get trailers(): HeaderMap {
    return this.seen.responseTrailers;
  }

  onEnd(listener: (error: ConnectError | undefined) => void): void {
    if (this.over) listener(this.outcome);
    else this.endListeners.push(listener);
  }

  cancel(error: ConnectError): void {
    this.call.cancel(error);
  }

  finish(error: ConnectError | undefined): void {
    this.over = true;
    this.outcome = error;
    this.sent = undefined;
    if (error === undefined && this.single) {
      const response = this.seen.response();
      this.headInfo = response;
      this.ready.push(response.message);
    }
    if (error !== undefined) this.ready = [];
    this.conn?.cancel(error ?? ended());
    this.wakeSender?.();
    this.taken?.();
    for (const { resolve, reject } of this.headWaiters.splice(0)) {
      if (this.headInfo === undefined) reject(error ?? ended());
      else resolve(this.headInfo);
    }
    for (const { waiter } of this.queue.splice(0)) waiter.reject(error ?? ended());
    for (const { resolve, reject } of this.readers.splice(0)) this.receive().then(resolve, reject);
    for (const listener of this.endListeners.splice(0)) listener(error);
  }
}

function ended(): ConnectError {
  return new ConnectError("canceled", "the call has ended: no more messages can be sent");
}

export function oneExpected(typeName: string, what: string): ConnectError {
  return new ConnectError("unimplemented", `one ${typeName} was expected, and ${what}`);
}
