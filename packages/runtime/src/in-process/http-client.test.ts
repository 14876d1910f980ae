import { describe, expect, it } from "@jest/globals";
import type { Router } from "../handler/router.js";
import { HeaderMap } from "../http/header-map.js";
import type { HttpClientStream, HttpRequestHead, HttpResponseSink } from "../http/http-client.js";
import type { HttpFailure } from "../http/http-failure.js";
import type { HttpRequestSink, HttpServerRequest, HttpServerStream } from "../http/http-server.js";
import { createInProcessHttpClient } from "./http-client.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const tick = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const post: HttpRequestHead = {
  method: "POST",
  path: "/a.S/M?x=1",
  headers: new HeaderMap({ "content-type": "application/grpc" }),
  needsTrailers: true,
  needsFullDuplex: true,
};

/** Notes what each side is told, and that nothing is told within a call of the other side. */
class Log {
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

class Client implements HttpResponseSink {
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

class Server implements HttpRequestSink {
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

function connect(head: HttpRequestHead = post): { log: Log; client: Client; server: Server; stream: HttpClientStream } {
  const log = new Log();
  const client = new Client(log);
  const server = new Server(log);
  const http = createInProcessHttpClient(server as unknown as Router);
  const stream = log.calling(() => http.request(head, client));
  return { log, client, server, stream };
}

describe("the in-process HTTP client", () => {
  it("carries a whole exchange, each delivery in a turn of its own", async () => {
    const { log, server, stream } = connect();
    server.onHandle = (response) => log.calling(() => response.resume());
    log.calling(() => stream.end(bytes("ping")));
    await tick();
    log.calling(() => {
      server.stream.respond(200, new HeaderMap({ a: "1" }), bytes("pong"), new HeaderMap({ "grpc-status": "0" }));
    });
    expect(log.lines).toEqual(["server POST /a.S/M?x=1", "server data ping", "server end"]);
    await tick();
    expect(log.lines.slice(3)).toEqual([
      "client head 200 a,1",
      "client data pong",
      "client end grpc-status,0",
      "server closed",
    ]);
    expect(log.reentered).toBe(false);
  });

  it("is HTTP/2 with trailers and full duplex to both sides", async () => {
    const { server, stream } = connect();
    stream.flushHead();
    await tick();
    expect(server.request).toMatchObject({
      httpVersion: "2",
      trailers: true,
      fullDuplex: true,
      address: "in-process",
      url: "http://in-process/a.S/M?x=1",
      tls: undefined,
    });
    expect(stream.remote()).toEqual({ address: "in-process", httpVersion: "2" });
  });

  it("gives the server headers of its own", async () => {
    const { server, stream } = connect();
    stream.end();
    await tick();
    expect(server.request.headers.get("content-type")).toBe("application/grpc");
    server.request.headers.set("content-type", "changed");
    expect(post.headers.get("content-type")).toBe("application/grpc");
  });

  it("reads no byte of the request before the server resumes", async () => {
    const { log, server, stream } = connect();
    stream.end(bytes("body"));
    await tick();
    expect(log.lines).toEqual(["server POST /a.S/M?x=1"]);
    log.calling(() => server.stream.resume());
    await tick();
    expect(log.lines.slice(1)).toEqual(["server data body", "server end"]);
    expect(log.reentered).toBe(false);
  });

  it("passes bytes on without a copy", async () => {
    const { client, server, stream } = connect();
    const request = bytes("request");
    const response = bytes("response");
    stream.end(request);
    await tick();
    server.stream.resume();
    server.stream.respond(200, new HeaderMap(), response);
    await tick();
    expect(server.chunks).toEqual([]);
    expect(client.chunks[0]).toBe(response);
    const second = connect();
    second.stream.write(request);
    await tick();
    second.server.stream.resume();
    await tick();
    expect(second.server.chunks[0]).toBe(request);
  });

  it("flows both ways at once", async () => {
    const { log, server, stream } = connect();
    stream.write(bytes("q1"));
    await tick();
    server.stream.resume();
    server.stream.head(200, new HeaderMap());
    server.stream.write(bytes("r1"));
    await tick();
    stream.write(bytes("q2"));
    await tick();
    server.stream.write(bytes("r2"));
    stream.end();
    await tick();
    server.stream.end(undefined, new HeaderMap({ t: "1" }));
    await tick();
    expect(log.lines.slice(1)).toEqual([
      "server data q1",
      "client head 200 ",
      "client data r1",
      "server data q2",
      "client data r2",
      "server end",
      "client end t,1",
      "server closed",
    ]);
  });

  it("answers 404 for a path that the router does not know", async () => {
    const { log, stream } = connect({ ...post, path: "/other" });
    stream.end();
    await tick();
    expect(log.lines).toEqual(["server POST /other", "client head 404 ", "client end ", "server closed"]);
  });

  it("accepts 16 KiB of a request, and tells when more can be written", async () => {
    const { log, server, stream } = connect();
    expect(stream.write(new Uint8Array(16 * 1024 - 1))).toBe(true);
    expect(stream.write(new Uint8Array(1))).toBe(false);
    await tick();
    expect(log.lines).not.toContain("client drain");
    server.stream.resume();
    await tick();
    expect(log.lines.at(-1)).toBe("client drain");
    expect(stream.write(new Uint8Array(1000))).toBe(true);
  });

  it("accepts 16 KiB of a response while the client is paused, and tells when more can be written", async () => {
    const { log, client, server, stream } = connect();
    stream.end();
    stream.pause();
    await tick();
    server.stream.head(200, new HeaderMap());
    expect(server.stream.write(new Uint8Array(100_000))).toBe(false);
    await tick();
    expect(client.chunks).toEqual([]);
    expect(log.lines.at(-1)).toBe("client head 200 ");
    log.calling(() => stream.resume());
    expect(client.chunks).toEqual([]);
    await tick();
    expect(client.chunks.length).toBe(1);
    expect(log.lines.at(-1)).toBe("server drain");
  });

  it("stops between two chunks when the reader pauses in data()", async () => {
    const { client, server, stream } = connect();
    stream.end();
    await tick();
    client.data = (chunk) => {
      client.chunks.push(chunk);
      stream.pause();
    };
    server.stream.head(200, new HeaderMap());
    for (const text of ["1", "2", "3"]) server.stream.write(bytes(text));
    server.stream.end();
    await tick();
    expect(client.chunks).toEqual([bytes("1")]);
    stream.resume();
    await tick();
    expect(client.chunks).toEqual([bytes("1"), bytes("2")]);
    expect(client.log.lines).not.toContain("client end ");
    stream.resume();
    await tick();
    stream.resume();
    await tick();
    expect(client.chunks.length).toBe(3);
    expect(client.log.lines.at(-2)).toBe("client end ");
  });

  it("tells the server of a cancel, once, and the client nothing", async () => {
    const { log, server, stream } = connect();
    stream.write(bytes("x"));
    await tick();
    server.stream.head(200, new HeaderMap());
    server.stream.write(bytes("y"));
    log.calling(() => stream.cancel());
    stream.cancel();
    await tick();
    server.stream.resume();
    expect(server.stream.write(bytes("ignored"))).toBe(true);
    server.stream.end();
    server.stream.reset(2);
    stream.write(bytes("ignored"));
    stream.end();
    await tick();
    expect(log.lines).toEqual(["server POST /a.S/M?x=1", "server error reset 8", "server closed"]);
    expect(log.reentered).toBe(false);
  });

  it("tells the server nothing of a request that was canceled before it started", async () => {
    const { log, stream } = connect();
    stream.write(bytes("x"));
    stream.cancel();
    await tick();
    expect(log.lines).toEqual([]);
  });

  it("cancels from within head()", async () => {
    const { log, client, server, stream } = connect();
    stream.end();
    await tick();
    client.head = () => {
      log.lines.push("head");
      stream.cancel();
    };
    server.stream.respond(200, new HeaderMap(), bytes("body"));
    await tick();
    expect(log.lines).toEqual(["server POST /a.S/M?x=1", "head", "server error reset 8", "server closed"]);
  });

  it("frees a server that waits to write when the client cancels", async () => {
    const { log, server, stream } = connect();
    stream.end();
    stream.pause();
    await tick();
    server.stream.head(200, new HeaderMap());
    expect(server.stream.write(new Uint8Array(70_000))).toBe(false);
    stream.cancel();
    await tick();
    expect(log.lines.slice(-2)).toEqual(["server error reset 8", "server closed"]);
  });

  it("tells the client the code of a reset, also while it is paused", async () => {
    const { log, client, server, stream } = connect();
    stream.write(bytes("x"));
    stream.pause();
    await tick();
    server.stream.head(200, new HeaderMap());
    server.stream.write(bytes("never read"));
    log.calling(() => server.stream.reset(11));
    await tick();
    expect(log.lines.slice(-2)).toEqual(["client error reset 11", "server closed"]);
    expect(client.failure).toMatchObject({ reason: "reset", resetCode: 11 });
    expect(client.chunks).toEqual([]);
    expect(log.reentered).toBe(false);
  });

  it("takes a reset from within handle()", async () => {
    const { log, server, stream } = connect();
    server.onHandle = (response) => response.reset(7);
    stream.end(bytes("x"));
    await tick();
    expect(log.lines).toEqual(["server POST /a.S/M?x=1", "client error reset 7", "server closed"]);
  });

  it("lets a client that still sends go on when the server has answered", async () => {
    const { log, server, stream } = connect();
    expect(stream.write(new Uint8Array(70_000))).toBe(false);
    await tick();
    stream.pause();
    server.stream.respond(200, new HeaderMap(), bytes("early"));
    await tick();
    expect(log.lines).toContain("client drain");
    expect(stream.write(new Uint8Array(70_000))).toBe(true);
    expect(log.lines).not.toContain("server closed");
    stream.resume();
    await tick();
    expect(log.lines.slice(-3)).toEqual(["client data early", "client end ", "server closed"]);
    expect(server.chunks).toEqual([]);
  });

  it("leaves timers their turn while both sides are always ready", async () => {
    const { client, server, stream } = connect();
    let rounds = 0;
    let stop = false;
    client.data = () => {
      if (stop) stream.end();
      else stream.write(bytes("ping"));
    };
    server.data = () => {
      rounds++;
      server.stream.write(bytes("pong"));
    };
    server.onHandle = (response) => {
      response.resume();
      response.head(200, new HeaderMap());
    };
    stream.write(bytes("ping"));
    await tick(20);
    stop = true;
    await tick();
    expect(rounds).toBeGreaterThan(100);
    expect(client.log.lines).not.toContain("client error");
  });

  it("refuses requests after close()", async () => {
    const log = new Log();
    const http = createInProcessHttpClient(new Server(log) as unknown as Router);
    http.close?.();
    const client = new Client(log);
    http.request(post, client).end(bytes("x"));
    expect(log.lines).toEqual([]);
    await tick();
    expect(log.lines).toEqual(["client error connect undefined"]);
    expect(client.failure?.message).toBe("the transport is closed");
  });
});
