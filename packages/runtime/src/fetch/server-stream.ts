import { memberOf } from "../error/connect-error.js";
import type { BodyTarget } from "../http/body-reader.js";
import { type BodySource, BodyWriter } from "../http/body-writer.js";
import { holdAnswer } from "../http/early-answer.js";
import type { HeaderMap } from "../http/header-map.js";
import type { HttpRequestSink, HttpServerStream } from "../http/http-server.js";
import { PausableBodyReader } from "../http/pausable-body-reader.js";
import { toPlatformHeaders } from "./headers.js";

/** HTTP/2's REFUSED_STREAM and CANCEL (RFC 9113 section 7). */
const refusedCode = 7;
const cancelCode = 8;

/** How much of a request is read and thrown away when it is answered early. */
const discardMaxBytes = 64 * 1024;
/**
 * The same over HTTP/1.1, where the rest stands before the connection's next request. If the connection were closed instead, a
 * client that is sending would lose the answer.
 */
const http1DiscardMaxBytes = 16 * 1024 * 1024;
/** How long an early answer waits for the rest of a request whose length is not known, in milliseconds. */
const restMs = 250;

/**
 * Whether the host reads what is left of a request that was answered: `Bun.serve` does, and `Deno.serve` when the body was
 * canceled. Told to close the connection they do so while the client sends, which then loses the answer.
 */
function readsOn(): boolean {
  return "Bun" in globalThis || "Deno" in globalThis;
}

/** One Request and the Response to it. */
export class FetchServerStream implements HttpServerStream, BodyTarget, BodySource {
  readonly request: Request;
  readonly response: Promise<Response>;
  readonly aborted: () => void;
  resolve!: (response: Response) => void;
  sink: HttpRequestSink | undefined = undefined;
  reader: PausableBodyReader | undefined = undefined;
  writer: BodyWriter | undefined = undefined;
  /** The request's body was asked for; it ended, or can give no more. */
  bodyOpened = false;
  bodyEnded = false;
  discarding = false;
  /** How much more of the request is read and thrown away. */
  discardBytes = 0;
  /** The rest of the request came, or is more than is discarded. */
  restOver: (() => void) | undefined = undefined;
  responded = false;
  over = false;

  constructor(request: Request) {
    this.request = request;
    this.response = new Promise((resolve) => {
      this.resolve = resolve;
    });
    // As in UnaryAttempt.
    const aborted = (): void => this.gone("the client canceled the request");
    this.aborted = aborted;
  }

  /** The call is on: whoever serves it is told what happens from here on. */
  attach(sink: HttpRequestSink): void {
    this.sink = sink;
    if (this.over) return;
    const { signal } = this.request;
    if (signal.aborted) queueMicrotask(this.aborted);
    else signal.addEventListener("abort", this.aborted);
  }

  // -------------------------------------------------------------- request

  pause(): void {
    this.reader?.pause();
  }

  resume(): void {
    if (this.over) return;
    if (this.bodyOpened) this.reader?.resume();
    else this.openBody();
  }

  openBody(): void {
    this.bodyOpened = true;
    const { request } = this;
    const body = request.body as ReadableStream<Uint8Array> | null;
    if (request.bodyUsed || body?.locked === true) {
      this.bodyEnded = true;
      queueMicrotask(() => {
        if (this.over) return;
        this.sink?.error({
          reason: "unsupported",
          message: "the request's body was already read: mount the RPC handler before whatever parses bodies",
        });
      });
    } else if (body === null) {
      queueMicrotask(() => this.ended());
    } else {
      this.reader = new PausableBodyReader(body, this);
      this.reader.resume();
    }
  }

  data(chunk: Uint8Array): void {
    if (!this.discarding) {
      this.sink?.data(chunk);
      return;
    }
    this.discardBytes -= chunk.length;
    if (this.discardBytes >= 0) return;
    this.reader?.cancel();
    this.restOver?.();
  }

  ended(): void {
    this.bodyEnded = true;
    this.restOver?.();
    if (!this.discarding && !this.over) this.sink?.end();
  }

  broken(reason: unknown): void {
    this.bodyEnded = true;
    this.restOver?.();
    if (this.discarding || this.over) return;
    // The host may still take an answer: it is the router's matter to give one.
    // SvelteKit's bodies fail so, and those of others whose errors carry a status.
    if (memberOf(reason, "status") === 413) {
      const message =
        "the request is larger than the server's host takes: raise its limit, such as BODY_SIZE_LIMIT of SvelteKit";
      this.sink?.error({ reason: "limit", message, cause: reason });
    } else this.sink?.error({ reason: "lost", message: "the request was interrupted", cause: reason });
  }

  /** The request was answered before it was read to its end. */
  discard(): void {
    if (this.bodyEnded || this.discarding) return;
    this.discarding = true;
    this.discardBytes = this.request.headers.has("host") ? http1DiscardMaxBytes : discardMaxBytes;
    if (!this.bodyOpened) {
      this.bodyOpened = true;
      const { request } = this;
      const body = request.body as ReadableStream<Uint8Array> | null;
      if (body === null || body.locked || request.bodyUsed) return;
      this.reader = new PausableBodyReader(body, this);
    }
    if (readsOn()) this.reader?.cancel();
    else this.reader?.resume();
  }

  // -------------------------------------------------------------- response

  head(status: number, headers: HeaderMap): void {
    if (this.responded || this.over) return;
    this.writer = new BodyWriter(this);
    this.answer(this.writer.stream, status, headers);
  }

  write(bytes: Uint8Array): boolean {
    return this.writer?.write(bytes) ?? true;
  }

  end(bytes?: Uint8Array): void {
    if (this.over || this.writer === undefined) return;
    this.writer.end(bytes);
    this.discard();
  }

  respond(status: number, headers: HeaderMap, body?: Uint8Array): void {
    if (this.responded || this.over) return;
    // Statuses without a body (204, 304) refuse even an empty one.
    const bytes = body === undefined || body.length === 0 ? null : (body as Uint8Array<ArrayBuffer>);
    const rest = this.restBytes();
    if (rest === undefined) {
      this.responded = true;
      this.restOver = holdAnswer(() => this.answer(bytes, status, headers, this.discardBytes < 0), restMs);
    } else this.answer(bytes, status, headers, rest > http1DiscardMaxBytes);
    this.discard();
    this.finish();
  }

  /**
   * How much of the request may still stand in the way of the connection's next one; `undefined` when its length is not
   * known. Of HTTP/2 nothing does, and its requests have no `host`.
   */
  restBytes(): number | undefined {
    const { headers, body } = this.request;
    if (this.bodyEnded || body === null || !headers.has("host") || readsOn()) return 0;
    const length = headers.get("content-length");
    return length === null ? undefined : Number(length);
  }

  reset(code: number): void {
    if (this.over) return;
    // A Response cannot be refused. Clients read 503 as "unavailable", which is what REFUSED_STREAM means to them.
    if (!this.responded) this.answer(null, code === refusedCode ? 503 : 500, undefined);
    this.writer?.fail(new Error(`the response was aborted (HTTP/2 error code ${code})`));
    this.discard();
    this.finish();
  }

  answer(
    body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null,
    status: number,
    headers: HeaderMap | undefined,
    last = false,
  ): void {
    this.responded = true;
    this.resolve(new Response(body, headers === undefined ? { status } : responseInit(status, headers, last)));
  }

  drain(): void {
    if (!this.over) this.sink?.drain();
  }

  taken(): void {
    this.finish();
  }

  refused(): void {
    this.gone("the client canceled the response");
  }

  // -------------------------------------------------------------- the end

  gone(message: string): void {
    if (this.over) return;
    this.bodyEnded = true;
    this.reader?.cancel();
    this.sink?.error({ reason: "reset", resetCode: cancelCode, message });
    // Nobody waits for it, but the host holds on to its promise.
    if (!this.responded) this.answer(null, 499, undefined);
    this.writer?.abandon();
    this.finish();
  }

  finish(): void {
    if (this.over) return;
    this.over = true;
    this.request.signal.removeEventListener("abort", this.aborted);
    // Never from within a call of the layer above; and it may not be attached yet.
    queueMicrotask(() => this.sink?.closed());
  }
}

/** @param last - nothing else can be asked on the connection: hosts for Node would leave the client waiting there */
function responseInit(status: number, headers: HeaderMap, last: boolean): ResponseInit {
  const init = { status, headers: toPlatformHeaders(headers) };
  if (last) init.headers.push(["connection", "close"]);
  // workerd would encode the body once more; other platforms do not know the field.
  return headers.has("content-encoding") ? ({ ...init, encodeBody: "manual" } as ResponseInit) : init;
}
