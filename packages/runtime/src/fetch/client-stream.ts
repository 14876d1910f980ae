import { quiet } from "../http/awaitable.js";
import { BodyReader } from "../http/body-reader.js";
import { HeaderMap } from "../http/header-map.js";
import type { HttpClientStream, HttpRemote, HttpRequestHead, HttpResponseSink } from "../http/http-client.js";
import type { HttpFailure } from "../http/http-failure.js";
import type { StreamBodies, StreamedHost } from "../http/streamed-exchange.js";
import { describe, failureBeforeResponse, failureInBody } from "./failure.js";
import { toPlatformHeaders } from "./headers.js";

/** What all streams of a client share. */
export interface FetchSetup {
  readonly origin: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Fields of every request that are the same: mode, credentials, redirect. */
  readonly init: RequestInit;
  /** Lower-case names of headers that are not sent. */
  readonly withheld: ReadonlySet<string>;
  /** Whether the platform takes a stream as a request body; `undefined` until it was asked. */
  streams: boolean | undefined;
}

/** What `fetch` decodes before we see the body (Fetch, "handle content codings"); the header stays in some platforms' responses. */
const decodedByPlatform = /^(?:(?:x-)?gzip|deflate|br|zstd)$/i;

/** One request made with `fetch`. */
export class FetchClientStream implements HttpClientStream, StreamedHost {
  readonly setup: FetchSetup;
  readonly request: HttpRequestHead;
  readonly sink: HttpResponseSink;
  /** What sends and takes bodies piece by piece. Without it the request goes whole, and nothing holds the response back. */
  readonly streamed: ReturnType<StreamBodies> | undefined;
  aborter: AbortController | undefined = undefined;
  reader: BodyReader | undefined = undefined;
  started = false;
  requestEnded = false;
  over = false;

  constructor(
    setup: FetchSetup,
    request: HttpRequestHead,
    sink: HttpResponseSink,
    streamBodies: StreamBodies | undefined,
  ) {
    this.setup = setup;
    this.request = request;
    this.sink = sink;
    this.streamed = streamBodies?.(this);
  }

  // -------------------------------------------------------------- request

  flushHead(): void {
    this.streamed?.flushHead();
  }

  write(bytes: Uint8Array): boolean {
    return this.over || this.requestEnded || (this.streamed?.write(bytes) ?? true);
  }

  end(bytes?: Uint8Array): void {
    if (this.over || this.requestEnded) return;
    this.requestEnded = true;
    if (this.started) {
      this.streamed?.writer?.end(bytes);
      return;
    }
    const { method } = this.request;
    const body = this.streamed?.wholeBody(bytes) ?? bytes ?? new Uint8Array(0);
    this.start(method === "GET" ? { method } : { method, body: body as Uint8Array<ArrayBuffer> });
  }

  start(init: RequestInit, hint = ""): void {
    this.started = true;
    this.aborter = new AbortController();
    const { setup, request, aborter } = this;
    // A `fetch` of a user's may give anything, or throw.
    new Promise<Response>((resolve) => {
      resolve(
        setup.fetch(setup.origin + request.path, {
          ...setup.init,
          ...init,
          headers: toPlatformHeaders(request.headers, setup.withheld).map(withKnownCodings),
          signal: aborter.signal,
        }),
      );
    }).then(
      (value) => this.respond(value),
      (error: unknown) => this.fail(failureBeforeResponse(error, hint, setup.origin)),
    );
  }

  drain(): void {
    if (!this.over) this.sink.drain();
  }

  // -------------------------------------------------------------- response

  respond(response: Response): void {
    try {
      if (this.over) {
        if (response.body !== null) void quiet(response.body.cancel());
        return;
      }
      const unusable = whyUnusable(response);
      if (unusable === undefined) this.read(response);
      else this.fail({ reason: "unsupported", message: unusable });
    } catch (cause) {
      this.fail({ reason: "protocol", message: `fetch returned no usable Response: ${describe(cause)}`, cause });
    }
  }

  read(response: Response): void {
    this.sink.head(response.status, responseHeaders(response.headers));
    if (this.over) return;
    const body = response.body as ReadableStream<Uint8Array> | null | undefined;
    if (body === null) this.ended();
    else if (body === undefined) this.readWhole(response);
    else {
      try {
        this.reader = this.streamed?.read(body) ?? new BodyReader(body, this);
      } catch (error) {
        this.broken(error);
        return;
      }
      this.reader.pull();
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
    this.streamed?.pause();
  }

  resume(): void {
    this.streamed?.resume();
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

  /** Fails without a request, and not inside a call of the layer above: what that does until then is ignored. */
  refuse(failure: HttpFailure): void {
    this.started = true;
    queueMicrotask(() => this.fail(failure));
  }
}

/** Some platforms name these two in a response's headers, and do not decode them: they are not asked for. */
function withKnownCodings(header: [string, string]): [string, string] {
  if (header[0] !== "accept-encoding") return header;
  const known = header[1].split(",").filter((name) => name !== "deflate" && name !== "zstd");
  return ["accept-encoding", known.join() || "identity"];
}

function responseHeaders(headers: Headers): HeaderMap {
  const decoded = decodedByPlatform.test(headers.get("content-encoding")?.trim() ?? "");
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
