import { sentInfo } from "../call/hooks.js";
import type { Interceptor } from "../call/interceptor.js";
import type { OutgoingMessage } from "../call/outgoing-message.js";
import { rejected } from "../call/stream-receiver.js";
import { ConnectError } from "../error/connect-error.js";
import { quiet } from "../http/awaitable.js";
import type { HeaderMap } from "../http/header-map.js";
import { after, cancel, type Timer } from "../time.js";
import type { ClientCall } from "./client-call.js";
import { ClientInterception } from "./client-interception.js";
import { type HeldConn, openConn } from "./guarded-conn.js";
import { type Entry, RequestLog } from "./request-log.js";
import { oneExpected } from "./single-response.js";
import { sentTooLate } from "./stream-attempt.js";
import type { ClientConn, ResponseHeadInfo } from "./transport.js";

interface Waiter<T> {
  readonly resolve: (value: T | Promise<never>) => void;
  readonly reject: (error: unknown) => void;
}

const defaultReplayBytes = 64 * 1024;
/** How long a caller who waits for the head alone does so while a failure may follow it, in milliseconds. */
const headGraceMs = 10;

/**
 * A streaming call with interceptors around it, as a connection like any other. Messages of both
 * directions pass through the function that runs inside the innermost `next()`, so hooks and
 * async contexts of interceptors hold for all of them.
 *
 * An attempt can be run again, from the request messages that are kept, until it commits: until something of its
 * response that is not its failure reaches the caller. So the head is held until the first message comes, or a good end.
 */
export class InterceptedConn<I, O> implements HeldConn<I, O> {
  failing: (error: ConnectError) => Promise<never> = rejected;
  readonly call: ClientCall<I, O>;
  readonly seen: ClientInterception<I, O>;
  readonly single: boolean;
  readonly ended: Promise<void>;

  // Requests on their way in.
  readonly log: RequestLog<I> = new RequestLog();
  headersWanted = false;

  // Responses on their way out.
  conn: ClientConn<I, O> | undefined = undefined;
  /** The head of the attempt that runs, which the caller has not seen. */
  heldHead: ResponseHeadInfo | undefined = undefined;
  headTimer: Timer | undefined = undefined;
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
      this.log.wake();
    });
    this.ended = quiet(this.seen.runCall(interceptors, () => this.attempt()));
    this.ended.then(
      () => this.finish(undefined),
      (error: ConnectError) => this.finish(error),
    );
  }

  // -------------------------------------------------------------- inside next()

  async attempt(): Promise<void> {
    const { call, seen } = this;
    if (call.reason !== undefined) throw call.reason;
    const conn = openConn(call);
    this.conn = conn;
    if (this.headersWanted) conn.sendHeaders();
    let sending = true;
    conn.onEnd(() => {
      sending = false;
      this.log.wake();
    });
    this.sendAll(conn, () => sending).catch((error: unknown) => conn.cancel(ConnectError.from(error, "internal")));
    try {
      await this.receiveAll(conn);
    } catch (reason) {
      this.holdHead(undefined);
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
    if (!this.single) this.holdHead(head);
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
      if (!this.single) await this.deliver(message, info);
      else if (call.reason === undefined) seen.answer = message;
      // A hook has canceled the call.
      else throw call.reason;
    }
  }

  async sendAll(conn: ClientConn<I, O>, sending: () => boolean): Promise<void> {
    for (let index = 0; ; index++) {
      const entry = await this.log.at(index, sending);
      if (entry === undefined) {
        if (sending()) conn.closeSend();
        return;
      }
      await this.admit(entry, index);
      if (!sending()) return;
      try {
        await conn.send(entry.outgoing);
      } catch {
        // The attempt is over; why, its response tells. A further attempt may send the message.
        return;
      }
      this.count(entry, index);
    }
  }

  /** Shows a message to the hooks: once, however many attempts send it. */
  admit(entry: Entry<I>, index: number): Promise<void> {
    entry.admission ??= this.show(entry, index).catch((reason: unknown) => {
      entry.admission = undefined;
      throw reason;
    });
    return entry.admission;
  }

  async show(entry: Entry<I>, index: number): Promise<void> {
    const { input } = this.call.spec;
    const { message, compress } = entry.outgoing;
    const replaced = await this.seen.hooks.onRequest(message, sentInfo(message, input, compress, index), input);
    entry.outgoing = { message: replaced, compress };
  }

  count(entry: Entry<I>, index: number): void {
    const { log, seen } = this;
    if (!log.sentAt(index, entry)) return;
    const { frame, message } = entry.outgoing;
    seen.stats.requestMessages++;
    seen.stats.requestBytes += frame?.size ?? 0;
    if (!log.keeping) return;
    log.sentBytes += frame?.bytes.length ?? this.call.spec.input.toBinary(message, 0).length;
    const limit = this.call.config.options.replayBytes ?? defaultReplayBytes;
    if (log.sentBytes > limit) this.commit(`more request messages were sent than replayBytes, ${limit} bytes`);
  }

  /** From here on the call cannot be run again. */
  commit(why: string): void {
    this.seen.final ??= why;
    this.log.forget();
  }

  holdHead(head: ResponseHeadInfo | undefined): void {
    this.heldHead = head;
    cancel(this.headTimer);
    this.headTimer = undefined;
    if (head !== undefined && this.headWaiters.length > 0) this.awaitHead();
  }

  /** A caller who waits for the head before it sends anything must get it, though no message may follow. */
  awaitHead(): void {
    this.headTimer ??= after(headGraceMs, () => this.deliverHead());
  }

  /** The caller gets the response's head. */
  deliverHead(): void {
    if (this.heldHead === undefined) return;
    this.commit("the caller has seen part of the response");
    this.headInfo = this.heldHead;
    this.holdHead(undefined);
    for (const { resolve } of this.headWaiters.splice(0)) resolve(this.headInfo);
  }

  async deliver(message: O, info: { compressed: boolean; bytes: number }): Promise<void> {
    if (this.call.reason !== undefined) throw this.call.reason;
    this.deliverHead();
    const reader = this.readers.shift();
    if (reader !== undefined) {
      this.lastReceived = info;
      reader.resolve({ done: false, value: message });
      return;
    }
    this.ready.push(message);
    await new Promise<void>((resolve) => {
      this.taken = resolve;
    });
    // A call that was canceled meanwhile has dropped the message: that is no end of the stream.
    if (this.call.reason !== undefined) throw this.call.reason;
    this.lastReceived = info;
  }

  // -------------------------------------------------------------- towards the caller

  send(outgoing: OutgoingMessage<I>): Promise<void> {
    if (this.over) return Promise.reject(this.outcome ?? sentTooLate());
    try {
      return this.log.add(outgoing);
    } catch (error) {
      this.cancel(error as ConnectError);
      return Promise.reject(error);
    }
  }

  sendHeaders(): void {
    this.headersWanted = true;
    this.conn?.sendHeaders();
  }

  closeSend(): void {
    this.log.close();
  }

  responseHead(): Promise<ResponseHeadInfo> {
    if (this.headInfo !== undefined) return Promise.resolve(this.headInfo);
    if (this.over) return quiet(Promise.reject(this.outcome ?? sentTooLate()));
    if (this.heldHead !== undefined) this.awaitHead();
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
    return this.outcome === undefined ? Promise.resolve({ done: true, value: undefined }) : this.failing(this.outcome);
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
    if (error !== undefined) this.ready = [];
    else if (this.single) {
      const response = this.seen.response();
      this.headInfo = response;
      this.ready.push(response.message);
    } else this.deliverHead();
    this.holdHead(undefined);
    this.conn?.cancel(error ?? sentTooLate());
    this.taken?.();
    this.log.end(error ?? sentTooLate());
    for (const { resolve, reject } of this.headWaiters.splice(0)) {
      if (this.headInfo === undefined) reject(error ?? sentTooLate());
      else resolve(this.headInfo);
    }
    for (const { resolve } of this.readers.splice(0)) resolve(this.receive() as Promise<never>);
    for (const listener of this.endListeners.splice(0)) listener(error);
  }
}
