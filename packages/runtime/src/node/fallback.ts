import type { IncomingMessage, ServerResponse } from "node:http";
import http2, { type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Fallback, Http2Fallback, ServeOptions } from "./serve-options.js";

/** Runs a fallback so that an exception in it ends its request and not the process. */
export class FallbackRunner {
  readonly http1: Fallback | undefined;
  readonly http2: Http2Fallback["fallback"] | undefined;
  readonly onError: (error: unknown) => void;
  /** Requests that are not over. */
  active: number;

  constructor(options: Pick<ServeOptions, "fallback" | "onFallbackError">) {
    const { fallback } = options;
    this.http1 = typeof fallback === "object" ? fallback.fallback : fallback;
    this.http2 = typeof fallback === "object" ? fallback.fallback : undefined;
    this.active = 0;
    this.onError = options.onFallbackError ?? ((error) => console.error("the fallback failed:", error));
  }

  get takesHttp1(): boolean {
    return this.http1 !== undefined;
  }

  get takesHttp2(): boolean {
    return this.http2 !== undefined;
  }

  runHttp1(request: IncomingMessage, response: ServerResponse): void {
    this.contain(response, () => this.http1?.(request, response));
  }

  runHttp2(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[] | undefined): void {
    const request = new http2.Http2ServerRequest(stream, headers, {}, raw ?? []);
    const response = new http2.Http2ServerResponse(stream);
    this.contain(response as unknown as ServerResponse, () => this.http2?.(request, response));
  }

  contain(response: ServerResponse, run: () => unknown): void {
    const onError = (error: unknown): void => this.fail(response, error);
    // What is written to a request that the client gave up must not end the process either.
    response.on("error", onError);
    this.active++;
    response.once("close", () => this.active--);
    try {
      const result = run();
      if (isThenable(result)) result.then(undefined, onError);
    } catch (error) {
      onError(error);
    }
  }

  fail(response: ServerResponse, error: unknown): void {
    try {
      this.onError(error);
    } finally {
      if (response.headersSent || response.destroyed) response.destroy();
      else response.writeHead(500).end();
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}
