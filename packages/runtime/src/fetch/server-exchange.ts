import type { HeaderMap } from "../http/header-map.js";
import type { HttpRequestSink, HttpServerStream } from "../http/http-server.js";
import { BodyReader, type BodyTarget } from "./body-reader.js";
import { type BodySource, BodyWriter } from "./body-writer.js";
import { toPlatformHeaders } from "./headers.js";

/** HTTP/2's REFUSED_STREAM and CANCEL (RFC 9113 section 7). */
const refusedCode = 7;
const cancelCode = 8;

/** How much of a request is read and thrown away when it is answered early, so that the host can use the connection again. */
const discardMaxBytes = 64 * 1024;

/** One Request and the Response to it. */
export class FetchServerExchange implements HttpServerStream, BodyTarget, BodySource {
  readonly request: Request;
  readonly response: Promise<Response>;
  readonly aborted: () => void;
  resolve!: (response: Response) => void;
  sink: HttpRequestSink | undefined = undefined;
  reader: BodyReader | undefined = undefined;
  writer: BodyWriter | undefined = undefined;
  /** The request's body was asked for; it ended, or can give no more. */
  bodyOpened = false;
  bodyEnded = false;
  discarding = false;
  discarded = 0;
  responded = false;
  over = false;

  constructor(request: Request) {
    this.request = request;
    this.response = new Promise((resolve) => {
      this.resolve = resolve;
    });
    // As in UnaryAttempt.
    const aborted = (): void => this.gone("the client gave the request up");
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
      this.reader = new BodyReader(body, this);
      this.reader.resume();
    }
  }

  data(chunk: Uint8Array): void {
    if (!this.discarding) {
      this.sink?.data(chunk);
      return;
    }
    this.discarded += chunk.length;
    if (this.discarded > discardMaxBytes) this.reader?.cancel();
  }

  ended(): void {
    this.bodyEnded = true;
    if (!this.discarding && !this.over) this.sink?.end();
  }

  broken(reason: unknown): void {
    this.bodyEnded = true;
    if (this.discarding || this.over) return;
    // The host may still take an answer: it is the router's matter to give one.
    this.sink?.error({ reason: "lost", message: "the request broke off", cause: reason });
  }

  /** The request was answered before it was read to its end. */
  discard(): void {
    if (this.bodyEnded || this.discarding) return;
    this.discarding = true;
    if (!this.bodyOpened) {
      this.bodyOpened = true;
      const { request } = this;
      const body = request.body as ReadableStream<Uint8Array> | null;
      if (body === null || body.locked || request.bodyUsed) return;
      this.reader = new BodyReader(body, this);
    }
    this.reader?.resume();
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
    this.answer(bytes, status, headers);
    this.discard();
    this.finish();
  }

  reset(code: number): void {
    if (this.over) return;
    // A Response cannot be refused. Clients read 503 as "unavailable", which is what REFUSED_STREAM means to them.
    if (!this.responded) this.answer(null, code === refusedCode ? 503 : 500, undefined);
    this.writer?.fail(new Error(`the response was broken off (HTTP/2 error code ${code})`));
    this.discard();
    this.finish();
  }

  answer(
    body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null,
    status: number,
    headers: HeaderMap | undefined,
  ): void {
    this.responded = true;
    this.resolve(new Response(body, headers === undefined ? { status } : responseInit(status, headers)));
  }

  drain(): void {
    if (!this.over) this.sink?.drain();
  }

  taken(): void {
    this.finish();
  }

  refused(): void {
    this.gone("the client gave the response up");
  }

  // -------------------------------------------------------------- the end

  gone(message: string): void {
    if (this.over) return;
    this.bodyEnded = true;
    this.reader?.cancel();
    this.sink?.error({ reason: "reset", resetCode: cancelCode, message });
    // Nobody waits for it, but the host holds on to its promise.
    if (!this.responded) this.answer(null, 499, undefined);
    this.writer?.fail(new Error(message));
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

function responseInit(status: number, headers: HeaderMap): ResponseInit {
  const init = { status, headers: toPlatformHeaders(headers) };
  // workerd would encode the body once more; other platforms do not know the field.
  return headers.has("content-encoding") ? ({ ...init, encodeBody: "manual" } as ResponseInit) : init;
}
