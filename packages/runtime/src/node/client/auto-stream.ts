import type { HttpClientStream, HttpRemote, HttpRequestHead, HttpResponseSink } from "../../http/http-client.js";
import type { HttpFailure } from "../../http/http-failure.js";

/** How much may be written before the HTTP version is known. */
const queueBytes = 65_536;

/** Who finds out what the server speaks. */
export interface Negotiation {
  ask(stream: AutoClientStream): void;
  forget(stream: AutoClientStream): void;
}

/** An exchange that begins before its HTTP version is known: it keeps what it is told, and then tells the real one. */
export class AutoClientStream implements HttpClientStream {
  readonly negotiation: Negotiation;
  readonly requestHead: HttpRequestHead;
  readonly sink: HttpResponseSink;
  inner: HttpClientStream | undefined;
  queue: Uint8Array[];
  queued: number;
  asked: boolean;
  flushed: boolean;
  ended: boolean;
  paused: boolean;
  over: boolean;

  constructor(negotiation: Negotiation, head: HttpRequestHead, sink: HttpResponseSink) {
    this.negotiation = negotiation;
    this.requestHead = head;
    this.sink = sink;
    this.inner = undefined;
    this.queue = [];
    this.queued = 0;
    this.asked = false;
    this.flushed = false;
    this.ended = false;
    this.paused = false;
    this.over = false;
  }

  ask(): void {
    if (this.asked || this.over) return;
    this.asked = true;
    this.negotiation.ask(this);
  }

  decide(inner: HttpClientStream): void {
    this.inner = inner;
    if (this.paused) inner.pause();
    const { queue } = this;
    const last = this.ended ? queue.pop() : undefined;
    let free = true;
    for (const bytes of queue) free = inner.write(bytes);
    this.queue = [];
    if (this.ended) inner.end(last);
    else if (queue.length === 0 && this.flushed) inner.flushHead();
    else if (free && this.queued >= queueBytes) this.sink.drain();
  }

  fail(failure: HttpFailure): void {
    if (this.over) return;
    this.over = true;
    this.sink.error(failure);
  }

  flushHead(): void {
    if (this.inner !== undefined) {
      this.inner.flushHead();
      return;
    }
    this.flushed = true;
    this.ask();
  }

  write(bytes: Uint8Array): boolean {
    if (this.inner !== undefined) return this.inner.write(bytes);
    if (this.ended || this.over) return true;
    this.queue.push(bytes);
    this.queued += bytes.byteLength;
    this.ask();
    return this.queued < queueBytes;
  }

  end(bytes?: Uint8Array): void {
    if (this.inner !== undefined) {
      this.inner.end(bytes);
      return;
    }
    if (this.ended || this.over) return;
    this.ended = true;
    if (bytes !== undefined) this.queue.push(bytes);
    this.ask();
  }

  cancel(): void {
    if (this.inner !== undefined) {
      this.inner.cancel();
      return;
    }
    this.over = true;
    this.negotiation.forget(this);
  }

  pause(): void {
    this.paused = true;
    this.inner?.pause();
  }

  resume(): void {
    this.paused = false;
    this.inner?.resume();
  }

  remote(): HttpRemote | undefined {
    return this.inner?.remote();
  }
}
