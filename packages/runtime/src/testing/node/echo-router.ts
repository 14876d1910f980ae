import type { Router } from "../../handler/router.js";
import { HeaderMap } from "../../http/header-map.js";
import type { HttpFailure } from "../../http/http-failure.js";
import type { HttpRequestSink, HttpServerRequest, HttpServerStream } from "../../http/http-server.js";

/** What a handler of the tests sees of an exchange. */
export class Exchange implements HttpRequestSink {
  readonly request: HttpServerRequest;
  readonly response: HttpServerStream;
  readonly chunks: Uint8Array[] = [];
  readonly events: string[] = [];
  failure: HttpFailure | undefined;
  onData: (chunk: Uint8Array) => void = () => {};
  onEnd: () => void = () => {};
  onError: (failure: HttpFailure) => void = () => {};
  onDrain: () => void = () => {};
  onClosed: () => void = () => {};
  readonly over: Promise<void>;

  constructor(request: HttpServerRequest, response: HttpServerStream) {
    this.request = request;
    this.response = response;
    this.over = new Promise((resolve) => {
      this.onClosed = resolve;
    });
  }

  get body(): Buffer {
    return Buffer.concat(this.chunks);
  }

  data(chunk: Uint8Array): void {
    if (this.events.at(-1) !== "data") this.events.push("data");
    this.chunks.push(chunk);
    this.onData(chunk);
  }

  end(): void {
    this.events.push("end");
    this.onEnd();
  }

  error(failure: HttpFailure): void {
    this.events.push("error");
    this.failure = failure;
    this.onError(failure);
  }

  drain(): void {
    this.onDrain();
  }

  closed(): void {
    this.events.push("closed");
    this.onClosed();
  }
}

/** A router that gives every exchange under `/test/` to a function, and keeps them. */
export class TestRouter implements Router {
  readonly paths: readonly string[] = ["/test/"];
  readonly services: readonly [] = [];
  readonly exchanges: Exchange[] = [];
  readonly orphans = 0;
  readonly largestRequest: number = 4 * 1024 * 1024;
  draining = false;
  readonly run: (exchange: Exchange) => void;

  constructor(run: (exchange: Exchange) => void = echo) {
    this.run = run;
  }

  get active(): number {
    return this.exchanges.filter(({ events }) => events.at(-1) !== "closed").length;
  }

  handle(request: HttpServerRequest, response: HttpServerStream): HttpRequestSink | undefined {
    if (!request.path.startsWith("/test/")) return undefined;
    const exchange = new Exchange(request, response);
    this.exchanges.push(exchange);
    this.run(exchange);
    return exchange;
  }

  owns(path: string): boolean {
    return path.startsWith("/test/");
  }

  notFound(request: HttpServerRequest, response: HttpServerStream): HttpRequestSink {
    response.respond(404, new HeaderMap(), Buffer.from("not found"));
    return new Exchange(request, response);
  }

  drain(): void {
    this.draining = true;
  }

  get last(): Exchange {
    return this.exchanges.at(-1) as Exchange;
  }
}

/** Answers with the body, when it is complete, and with the request's headers that begin with `x-`. */
export function echo(exchange: Exchange): void {
  const { request, response } = exchange;
  const headers = new HeaderMap([["content-type", "application/echo"]]);
  for (const [name, value] of request.headers) if (name.startsWith("x-")) headers.append(name, value);
  exchange.onEnd = () => response.respond(200, headers, exchange.body, new HeaderMap([["x-trailer", "last"]]));
  response.resume();
}

/** Sends every chunk back at once. */
export function echoStream(exchange: Exchange): void {
  const { response } = exchange;
  response.head(200, new HeaderMap());
  exchange.onData = (chunk) => {
    if (!response.write(chunk)) response.pause();
  };
  exchange.onDrain = () => response.resume();
  exchange.onEnd = () => response.end(undefined, new HeaderMap([["x-trailer", "last"]]));
  response.resume();
}
