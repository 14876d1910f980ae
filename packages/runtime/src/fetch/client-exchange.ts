import { HeaderMap } from "../http/header-map.js";
import type { HttpClientStream, HttpRemote, HttpRequestHead, HttpResponseSink } from "../http/http-client.js";
import type { HttpFailure } from "../http/http-failure.js";
import { BodyReader, type BodyTarget } from "./body-reader.js";
import { type BodySource, BodyWriter } from "./body-writer.js";
import { failureBeforeResponse, failureInBody } from "./failure.js";
import { toPlatformHeaders } from "./headers.js";
import { joinBytes } from "./join-bytes.js";

/** What all exchanges of a client share. */
export interface FetchSetup {
  readonly origin: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Fields of every request that are the same: mode, credentials, redirect. */
  readonly init: RequestInit;
  /** Lower-case names of headers that are not sent. */
  readonly withheld: ReadonlySet<string>;
  /** Whether the platform takes a stream as a request body. */
  canStreamRequests(): boolean;
}

/** What `fetch` decodes before we see the body (Fetch, "handle content codings"); the header stays in some platforms' responses. */
const decodedByPlatform: ReadonlySet<string> = new Set(["gzip", "x-gzip", "deflate", "br", "zstd"]);

/** How much of a request is held to see whether it ends soon; its first piece may be larger. */
const holdMaxBytes = 64 * 1024;

/** One request made with `fetch`. */
export class FetchClientExchange implements HttpClientStream, BodyTarget, BodySource {
  readonly setup: FetchSetup;
  readonly request: HttpRequestHead;
  readonly sink: HttpResponseSink;
  aborter: AbortController | undefined = undefined;
  writer: BodyWriter | undefined = undefined;
  reader: BodyReader | undefined = undefined;
  /**
   * What was written before the request was started. A request that ends before the event loop turns goes in one piece,
   * although it was written in several: a server-streaming call, or a client stream out of an array. So it works where
   * request streams do not.
   */
  held: Uint8Array[] | undefined = undefined;
  heldBytes = 0;
  paused = false;
  started = false;
  requestEnded = false;
  over = false;

  constructor(setup: FetchSetup, request: HttpRequestHead, sink: HttpResponseSink) {
    this.setup = setup;
    this.request = request;
    this.sink = sink;
  }

  // -------------------------------------------------------------- request

  flushHead(): void {
    if (this.over || this.started || this.request.method === "GET") return;
    // Nobody was told to wait.
    if (!this.startStream() && this.writer !== undefined) this.writer.waiting = false;
  }

  write(bytes: Uint8Array): boolean {
    if (this.over || this.requestEnded) return true;
    if (this.started) return this.writer?.write(bytes) ?? true;
    this.heldBytes += bytes.length;
    if (this.held === undefined) {
      this.held = [bytes];
      setTimeout(() => this.flushHead(), 0);
      return true;
    }
    this.held.push(bytes);
    return this.heldBytes < holdMaxBytes || this.startStream();
  }

  end(bytes?: Uint8Array): void {
    if (this.over || this.requestEnded) return;
    this.requestEnded = true;
    if (this.started) {
      this.writer?.end(bytes);
      return;
    }
    const { method } = this.request;
    if (method === "GET") this.start({ method });
    else this.start({ method, body: this.wholeBody(bytes) as Uint8Array<ArrayBuffer> });
  }

  wholeBody(last: Uint8Array | undefined): Uint8Array {
    const { held } = this;
    this.held = undefined;
    if (held === undefined) return last ?? new Uint8Array(0);
    if (last !== undefined) held.push(last);
    return joinBytes(held);
  }

  /** Returns whether more can be written. */
  startStream(): boolean {
    if (!this.setup.canStreamRequests()) {
      this.refuse({
        reason: "unsupported",
        message:
          "this platform's fetch cannot stream a request body (Firefox and Safari cannot; Chromium can over HTTP/2): use unary or server-streaming calls here",
      });
      return true;
    }
    this.writer = new BodyWriter(this);
    // The Fetch standard asks for "half" with every stream, whatever the platform then does.
    this.start({ method: "POST", body: this.writer.stream, duplex: "half" } as RequestInit);
    const { held } = this;
    this.held = undefined;
    return held === undefined || this.writer.write(joinBytes(held));
  }

  start(init: RequestInit): void {
    this.started = true;
    this.aborter = new AbortController();
    const { setup, request } = this;
    let response: Promise<Response>;
    try {
      response = setup.fetch(setup.origin + request.path, {
        ...setup.init,
        ...init,
        headers: toPlatformHeaders(request.headers, setup.withheld),
        signal: this.aborter.signal,
      });
    } catch (error) {
      this.failLater(failureBeforeResponse(error, this.writer !== undefined));
      return;
    }
    response.then(
      (value) => this.respond(value),
      (error: unknown) => this.fail(failureBeforeResponse(error, this.writer !== undefined)),
    );
  }

  drain(): void {
    if (!this.over) this.sink.drain();
  }

  taken(): void {
    // The end of the request needs no answer.
  }

  refused(): void {
    // The server answered early and the platform stopped sending: who waits to send may go on, into nothing.
    if (!this.over && this.writer?.waiting === true) this.sink.drain();
  }

  // -------------------------------------------------------------- response

  respond(response: Response): void {
    if (this.over) {
      response.body?.cancel().catch(ignore);
      return;
    }
    const unusable = whyUnusable(response);
    if (unusable !== undefined) {
      this.fail({ reason: "unsupported", message: unusable });
      return;
    }
    this.sink.head(response.status, responseHeaders(response.headers));
    if (this.over) return;
    const body = response.body as ReadableStream<Uint8Array> | null | undefined;
    if (body === null) this.ended();
    else if (body === undefined) this.readWhole(response);
    else {
      try {
        this.reader = new BodyReader(body, this);
      } catch (error) {
        this.broken(error);
        return;
      }
      if (!this.paused) this.reader.resume();
    }
  }

  /** React Native's fetch has no streams: the body comes in one piece. */
  readWhole(response: Response): void {
    response.arrayBuffer().then(
      (buffer) => {
        if (!this.over && buffer.byteLength > 0) this.sink.data(new Uint8Array(buffer));
        this.ended();
      },
      (error: unknown) => this.broken(error),
    );
  }

  data(chunk: Uint8Array): void {
    this.sink.data(chunk);
  }

  broken(reason: unknown): void {
    this.fail(failureInBody(reason));
  }

  ended(): void {
    if (this.over) return;
    this.over = true;
    // A request that nobody will read on must not stay open.
    if (!this.requestEnded) this.aborter?.abort();
    this.sink.end(undefined);
  }

  // -------------------------------------------------------------- the end

  cancel(): void {
    if (this.over) return;
    this.over = true;
    this.reader?.cancel();
    this.aborter?.abort();
  }

  pause(): void {
    this.paused = true;
    this.reader?.pause();
  }

  resume(): void {
    this.paused = false;
    this.reader?.resume();
  }

  remote(): HttpRemote | undefined {
    // The Fetch standard tells neither address nor HTTP version.
    return undefined;
  }

  fail(failure: HttpFailure): void {
    if (this.over) return;
    this.cancel();
    this.sink.error(failure);
  }

  /** Fails without a request; what the layer above does until then is ignored. */
  refuse(failure: HttpFailure): void {
    this.started = true;
    this.failLater(failure);
  }

  /** For failures found inside a call of the layer above. */
  failLater(failure: HttpFailure): void {
    queueMicrotask(() => this.fail(failure));
  }
}

function responseHeaders(headers: Headers): HeaderMap {
  const coding = headers.get("content-encoding");
  const decoded = coding !== null && decodedByPlatform.has(coding.trim().toLowerCase());
  const map = new HeaderMap();
  headers.forEach((value, name) => {
    // The length, too, is that of the encoded body.
    if (!decoded || (name !== "content-encoding" && name !== "content-length")) map.list.push(name, value);
  });
  return map;
}

/** Responses that the Fetch standard hides from us. */
function whyUnusable(response: Response): string | undefined {
  switch (response.type) {
    case "opaque":
      return 'the response is opaque: a request with mode "no-cors" cannot be read';
    case "opaqueredirect":
      return 'the server answered with a redirect, which an RPC does not follow: correct baseUrl, or set redirect: "follow"';
    case "error":
      return "fetch gave a network error as a response";
    default:
      return undefined;
  }
}

function ignore(): void {
  // Nobody waits for a response that came after its call was given up.
}
