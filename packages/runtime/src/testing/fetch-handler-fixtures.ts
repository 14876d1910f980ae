import { type FetchHandlerOptions, routerHandler } from "../fetch/handler.js";
import type { Router } from "../handler/router.js";
import { HeaderMap } from "../http/header-map.js";
import type { HttpFailure } from "../http/http-failure.js";
import type { HttpRequestSink, HttpServerRequest, HttpServerStream } from "../http/http-server.js";

export const bytes = (text: string): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
export const tick = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A router whose tests play the part of what serves a call. */
export class FakeRouter implements HttpRequestSink {
  readonly paths: readonly string[] = ["/a.S/"];
  readonly lines: string[] = [];
  readonly failures: HttpFailure[] = [];
  request!: HttpServerRequest;
  stream!: HttpServerStream;
  size = 0;
  inCall = false;
  reentered = false;
  onHandle: (stream: HttpServerStream) => void = () => undefined;
  onError: () => void = () => undefined;

  handle(request: HttpServerRequest, stream: HttpServerStream): HttpRequestSink | undefined {
    this.request = request;
    this.stream = stream;
    if (!request.path.startsWith("/a.S/")) return undefined;
    this.onHandle(stream);
    return this;
  }
  notFound(_request: HttpServerRequest, stream: HttpServerStream): HttpRequestSink {
    stream.respond(404, new HeaderMap(), bytes("nobody"));
    return this;
  }
  /** Calls the adapter and notes whether it calls back before it returns. */
  call<T>(run: () => T): T {
    this.inCall = true;
    try {
      return run();
    } finally {
      this.inCall = false;
    }
  }
  told(line: string): void {
    this.reentered ||= this.inCall;
    this.lines.push(line);
  }
  data(chunk: Uint8Array): void {
    this.size += chunk.length;
    this.told(`data ${chunk.length > 20 ? chunk.length : new TextDecoder().decode(chunk)}`);
  }
  end(): void {
    this.told("end");
  }
  error(failure: HttpFailure): void {
    this.failures.push(failure);
    this.told(`error ${failure.reason} ${failure.resetCode}`);
    this.onError();
  }
  drain(): void {
    this.told("drain");
  }
  closed(): void {
    this.told("closed");
  }
}

export function serve(options: Omit<FetchHandlerOptions, "interceptors"> = {}): {
  router: FakeRouter;
  handler: (request: Request, ...platform: unknown[]) => Promise<Response>;
} {
  const router = new FakeRouter();
  return { router, handler: routerHandler(router as unknown as Router, options) };
}

export function post(body: ReadableStream | string | null, init: RequestInit = {}): Request {
  return new Request("http://h.example/a.S/M?x=1", {
    method: "POST",
    body,
    headers: { "content-type": "application/proto", "x-a": "1" },
    duplex: "half",
    ...init,
  } as RequestInit);
}
