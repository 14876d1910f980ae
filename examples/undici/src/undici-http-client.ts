import { PassThrough } from "node:stream";
import { HeaderMap } from "@connect-ts/runtime";
import type {
  HttpClient,
  HttpClientStream,
  HttpFailure,
  HttpRemote,
  HttpRequestHead,
  HttpResponseSink,
} from "@connect-ts/runtime/transport";
import { type Dispatcher, Pool } from "undici";

/** HTTP/1.1 by undici under a transport: Connect and gRPC-Web, all but full-duplex streams. */
export function createUndiciHttpClient(origin: string, options?: Pool.Options): HttpClient {
  const pool = new Pool(origin, options);
  return {
    origin,
    request: (head, sink) => new UndiciStream(pool, head, sink),
    close: () => void pool.close(),
  };
}

class UndiciStream implements HttpClientStream {
  readonly pool: Pool;
  readonly requestHead: HttpRequestHead;
  readonly sink: HttpResponseSink;
  body: PassThrough | undefined;
  controller: Dispatcher.DispatchController | undefined;
  sent = false;
  ended = false;
  over = false;
  paused = false;

  constructor(pool: Pool, head: HttpRequestHead, sink: HttpResponseSink) {
    this.pool = pool;
    this.requestHead = head;
    this.sink = sink;
  }

  flushHead(): void {
    if (!this.ended) this.stream();
  }

  write(bytes: Uint8Array): boolean {
    if (this.ended || this.over) return true;
    return this.stream().write(bytes);
  }

  end(bytes?: Uint8Array): void {
    if (this.ended || this.over) return;
    this.ended = true;
    // All of it at once goes with its length, and needs no stream.
    if (this.sent) this.body?.end(bytes);
    else this.send(this.requestHead.method === "GET" ? null : (bytes ?? new Uint8Array()));
  }

  cancel(): void {
    if (this.over) return;
    this.over = true;
    this.body?.destroy();
    this.controller?.abort(new Error("the call was canceled"));
  }

  pause(): void {
    this.paused = true;
    this.controller?.pause();
  }

  resume(): void {
    this.paused = false;
    this.controller?.resume();
  }

  remote(): HttpRemote {
    return { httpVersion: "1.1" };
  }

  /** The body of a request that comes in pieces. */
  stream(): PassThrough {
    if (this.body !== undefined) return this.body;
    const body = new PassThrough();
    this.body = body;
    body.on("drain", () => {
      if (!this.over) this.sink.drain();
    });
    // What breaks it is told as the response's failure.
    body.on("error", () => undefined);
    this.send(body);
    return body;
  }

  send(body: PassThrough | Uint8Array | null): void {
    this.sent = true;
    const { method, path, headers, needsFullDuplex, needsTrailers } = this.requestHead;
    if (needsFullDuplex || needsTrailers) {
      const message = "undici's HTTP/1.1 carries neither gRPC nor full-duplex streams";
      // Failures never come before `request` has returned.
      queueMicrotask(() => this.fail({ reason: "unsupported", unprocessed: true, message }));
      return;
    }
    this.pool.dispatch(
      { method, path, headers: [...headers].flat(), body },
      {
        onRequestStart: (controller) => {
          this.controller = controller;
          if (this.over) controller.abort(new Error("the call was canceled"));
        },
        onResponseStart: (controller, status, headers) => {
          if (this.over) return;
          if (this.paused) controller.pause();
          this.sink.head(status, headerMap(headers));
        },
        onResponseData: (_controller, chunk) => {
          if (!this.over) this.sink.data(chunk);
        },
        onResponseEnd: (_controller, trailers) => {
          if (this.over) return;
          this.over = true;
          this.sink.end(Object.keys(trailers).length === 0 ? undefined : headerMap(trailers));
        },
        onResponseError: (_controller, error) => {
          this.fail(failureOf(error, this.controller !== undefined));
        },
      },
    );
  }

  fail(failure: HttpFailure): void {
    if (this.over) return;
    this.over = true;
    this.body?.destroy();
    this.sink.error(failure);
  }
}

function headerMap(headers: Readonly<Record<string, string | string[] | undefined>>): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) {
    for (const one of Array.isArray(value) ? value : [value ?? ""]) map.append(name, one);
  }
  return map;
}

/** @param started - the request was given to a connection: the server may have seen it */
function failureOf(cause: Error, started: boolean): HttpFailure {
  const code: unknown = (cause as { code?: unknown }).code;
  const text = `${cause.message || code}`.slice(0, 300);
  if (!started) return { reason: "connect", unprocessed: true, message: `no connection: ${text}`, cause };
  const illegal = typeof code === "string" && code.startsWith("HPE_");
  return { reason: illegal ? "protocol" : "lost", message: `the HTTP request failed: ${text}`, cause };
}
