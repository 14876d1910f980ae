import type { Router } from "../handler/router.js";
import { HeaderMap } from "../http/header-map.js";
import type { HttpClientStream, HttpRequestHead, HttpResponseSink } from "../http/http-client.js";
import type { HttpFailure } from "../http/http-failure.js";
import type { HttpRequestSink, HttpServerRequest, HttpServerStream } from "../http/http-server.js";
import { createInProcessHttpClient } from "../in-process/http-client.js";

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const tick = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const post: HttpRequestHead = {
  method: "POST",
  path: "/a.S/M?x=1",
  headers: new HeaderMap({ "content-type": "application/grpc" }),
  needsTrailers: true,
  needsFullDuplex: true,
};

/** Notes what each side is told, and that nothing is told within a call of the other side. */
export class Log {
  readonly lines: string[] = [];
  depth = 0;
  reentered = false;

  told(line: string): void {
    if (this.depth > 0) this.reentered = true;
    this.lines.push(line);
  }

  calling<T>(call: () => T): T {
    this.depth++;
    try {
      return call();
    } finally {
      this.depth--;
    }
  }
}

export class Client implements HttpResponseSink {
  readonly log: Log;
  chunks: Uint8Array[] = [];
  failure: HttpFailure | undefined = undefined;
  constructor(log: Log) {
    this.log = log;
  }
  head(status: number, headers: HeaderMap): void {
    this.log.told(`client head ${status} ${[...headers].join()}`);
  }
  data(chunk: Uint8Array): void {
    this.chunks.push(chunk);
    this.log.told(`client data ${new TextDecoder().decode(chunk).slice(0, 10)}`);
  }
  end(trailers: HeaderMap | undefined): void {
    this.log.told(`client end ${[...(trailers ?? [])].join()}`);
  }
  error(failure: HttpFailure): void {
    this.failure = failure;
    this.log.told(`client error ${failure.reason} ${failure.resetCode}`);
  }
  drain(): void {
    this.log.told("client drain");
  }
}

export class Server implements HttpRequestSink {
  readonly log: Log;
  readonly paths: readonly string[] = ["/a.S/"];
  readonly active: number = 0;
  request!: HttpServerRequest;
  stream!: HttpServerStream;
  chunks: Uint8Array[] = [];
  onHandle: (stream: HttpServerStream) => void = () => undefined;

  constructor(log: Log) {
    this.log = log;
  }
  handle(request: HttpServerRequest, stream: HttpServerStream): HttpRequestSink | undefined {
    this.log.told(`server ${request.method} ${request.path}`);
    this.request = request;
    this.stream = stream;
    if (!request.path.startsWith("/a.S/")) return undefined;
    this.onHandle(stream);
    return this;
  }
  notFound(_request: HttpServerRequest, stream: HttpServerStream): HttpRequestSink {
    stream.respond(404, new HeaderMap());
    return this;
  }
  data(chunk: Uint8Array): void {
    this.chunks.push(chunk);
    this.log.told(`server data ${new TextDecoder().decode(chunk).slice(0, 10)}`);
  }
  end(): void {
    this.log.told("server end");
  }
  error(failure: HttpFailure): void {
    this.log.told(`server error ${failure.reason} ${failure.resetCode}`);
  }
  drain(): void {
    this.log.told("server drain");
  }
  closed(): void {
    this.log.told("server closed");
  }
}

export function connect(head: HttpRequestHead = post): {
  log: Log;
  client: Client;
  server: Server;
  stream: HttpClientStream;
} {
  const log = new Log();
  const client = new Client(log);
  const server = new Server(log);
  const http = createInProcessHttpClient(server as unknown as Router);
  const stream = log.calling(() => http.request(head, client));
  return { log, client, server, stream };
}
