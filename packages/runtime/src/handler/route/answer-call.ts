import { isAuthored } from "../../error/confidential.js";
import { ConnectError } from "../../error/connect-error.js";
import { type Awaitable, quiet } from "../../http/awaitable.js";
import { joinBytes } from "../../http/bytes.js";
import { HeaderMap } from "../../http/header-map.js";
import type { HttpFailure } from "../../http/http-failure.js";
import type { HttpRequestSink, HttpServerRequest, HttpServerStream } from "../../http/http-server.js";
import { queryOf } from "../../http/request-target.js";
import { httpStatusFromCode } from "../../protocol/connect/code-table.js";
import { iteratorOf, type Messages } from "../pump.js";
import { refuse } from "../refuse.js";
import type { RouteAnswer, RouteContext, RouteRequest } from "./route.js";

const encoder = new TextEncoder();

/** A request that a function answers. */
export class AnswerCall implements HttpRequestSink, RouteRequest {
  readonly http: HttpServerRequest;
  readonly response: HttpServerStream;
  readonly context: RouteContext;
  readonly maxBytes: number;
  /** Pieces are handed on as they come. */
  readonly streaming = true;
  readonly chunks: Uint8Array[] = [];
  /** Whoever waits: for the request's next piece, or for room in the response. */
  wake: (() => void) | undefined = undefined;
  aborter: AbortController | undefined = undefined;
  received = false;
  reading = false;
  tooLarge = false;
  begun = false;
  /** Nobody waits for the answer any more: why. */
  gone: ConnectError | undefined = undefined;
  /** Called when nobody waits any more. */
  left: (() => void) | undefined = undefined;
  /** The request cannot be read: why. */
  unreadable: Error | undefined = undefined;

  constructor(http: HttpServerRequest, response: HttpServerStream, context: RouteContext, maxBytes: number) {
    this.http = http;
    this.response = response;
    this.context = context;
    this.maxBytes = maxBytes;
  }

  // -------------------------------------------------------------- what the function sees

  get method(): string {
    return this.http.method;
  }

  get path(): string {
    return this.context.path;
  }

  get query(): URLSearchParams {
    return new URLSearchParams(queryOf(this.http.path));
  }

  get headers(): HeaderMap {
    return this.http.headers;
  }

  get drainSignal(): AbortSignal {
    return this.context.drainSignal;
  }

  get signal(): AbortSignal {
    if (this.aborter === undefined) {
      this.aborter = new AbortController();
      if (this.gone !== undefined) this.aborter.abort(this.gone);
    }
    return this.aborter.signal;
  }

  async bytes(): Promise<Uint8Array> {
    const announced = Number(this.headers.get("content-length") ?? 0);
    if (announced > this.maxBytes) throw this.tooLong();
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of this) {
      size += chunk.byteLength;
      if (size > this.maxBytes) throw this.tooLong();
      parts.push(chunk);
    }
    return joinBytes(parts);
  }

  tooLong(): ConnectError {
    this.tooLarge = true;
    return new ConnectError("resource_exhausted", `the body is longer than ${this.maxBytes} bytes`);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, undefined, undefined> {
    if (this.reading) throw new TypeError("the body of a request can be read only once");
    this.reading = true;
    try {
      for (;;) {
        const chunk = this.chunks.shift();
        if (chunk !== undefined) yield chunk;
        else if (this.gone !== undefined) throw this.gone;
        else if (this.unreadable !== undefined) throw this.unreadable;
        else if (this.received) return;
        else {
          // An adapter may deliver at once.
          const woken = this.wait();
          this.response.resume();
          await woken;
        }
      }
    } finally {
      this.response.pause();
    }
  }

  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  woken(): void {
    const { wake } = this;
    this.wake = undefined;
    wake?.();
  }

  // -------------------------------------------------------------- the answer

  async run(answer: (request: RouteRequest) => Awaitable<RouteAnswer>): Promise<void> {
    try {
      await this.send(await answer(this));
    } catch (reason) {
      this.failed(reason);
    }
  }

  async send({ status = 200, headers, body }: RouteAnswer): Promise<void> {
    if (this.gone !== undefined) return;
    const all = new HeaderMap(headers);
    if (body !== undefined && !all.has("content-type")) {
      all.set("content-type", typeof body === "string" ? "text/plain; charset=utf-8" : "application/octet-stream");
    }
    this.begun = true;
    if (body === undefined) this.response.respond(status, all);
    else if (typeof body === "string") this.response.respond(status, all, encoder.encode(body));
    else if (ArrayBuffer.isView(body)) this.response.respond(status, all, body);
    else await this.stream(status, all, body);
  }

  async stream(status: number, headers: HeaderMap, body: AsyncIterable<string | Uint8Array>): Promise<void> {
    this.response.head(status, headers, true);
    if (this.method !== "HEAD") await this.pieces(iteratorOf(body, "the body of a route's answer must be"));
    if (this.gone === undefined) this.response.end();
  }

  async pieces(iterator: Messages): Promise<void> {
    // At once when the client leaves, also while next() is pending: subscriptions end by it. A promise, so that it is done
    // in the async context of this function.
    const left = new Promise<void>((resolve) => {
      this.left = resolve;
    });
    void quiet(left.then(() => iterator.return?.()));
    let goesOn = true;
    try {
      while (this.gone === undefined) {
        goesOn = false;
        const { done, value } = await iterator.next();
        if (done === true) return;
        goesOn = true;
        if (this.gone !== undefined) return;
        const free = this.response.write(typeof value === "string" ? encoder.encode(value) : (value as Uint8Array));
        if (!free) await this.wait();
      }
    } finally {
      // An iterator that has ended, or thrown, is not told that nobody wants more of it.
      if (goesOn) this.left?.();
      this.left = undefined;
    }
  }

  failed(reason: unknown): void {
    // The function may well have failed because of that.
    if (this.gone !== undefined) return;
    if (!this.begun && isAuthored(reason)) {
      refuse(this.response, this.tooLarge ? 413 : httpStatusFromCode(reason.code), reason.rawMessage || reason.code);
    } else this.context.fail(reason);
  }

  // -------------------------------------------------------------- the request

  data(chunk: Uint8Array): void {
    this.chunks.push(chunk);
    this.response.pause();
    this.woken();
  }

  end(): void {
    this.received = true;
    this.woken();
  }

  error({ reason, message, cause }: HttpFailure): void {
    if (reason === "unsupported" || reason === "limit") {
      this.unreadable = new ConnectError(reason === "limit" ? "resource_exhausted" : "internal", message, { cause });
      this.woken();
    } else this.leave(message, cause);
  }

  drain(): void {
    this.woken();
  }

  closed(): void {
    this.leave("the connection was closed");
  }

  leave(message: string, cause?: unknown): void {
    if (this.gone !== undefined) return;
    this.gone = new ConnectError("canceled", message, { cause });
    this.aborter?.abort(this.gone);
    this.left?.();
    this.woken();
  }
}
