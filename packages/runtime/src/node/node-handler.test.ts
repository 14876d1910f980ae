import http, { type IncomingMessage, type ServerResponse } from "node:http";
import http2 from "node:http2";
import net from "node:net";
import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../http/header-map.js";
import { useCleanup } from "../testing/node/cleanup.js";
import { Collector, sleep, until } from "../testing/node/collector.js";
import { type Exchange, echo, echoStream, TestRouter } from "../testing/node/echo-router.js";
import { requestTo } from "../testing/node/request-head.js";
import { createNodeHttpClient } from "./client.js";
import { type NodeHandlerOptions, type NodeListener, nodeHandler, routerListener } from "./node-handler.js";

const onCleanup = useCleanup();
const none = new HeaderMap();

async function listen(listener: NodeListener): Promise<number> {
  const server = http.createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, () => resolve()));
  onCleanup(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as net.AddressInfo).port;
}

async function start(run: (exchange: Exchange) => void, options?: NodeHandlerOptions): Promise<[TestRouter, number]> {
  const router = new TestRouter(run);
  return [router, await listen(routerListener(router, options))];
}

/** A connection, and what the server says on it. */
class Talk {
  readonly socket: net.Socket;
  text = "";
  closed = false;

  constructor(port: number) {
    this.socket = net.connect(port, "127.0.0.1");
    onCleanup(() => this.socket.destroy());
    this.socket.on("data", (chunk) => {
      this.text += chunk.toString("latin1");
    });
    for (const event of ["end", "error"])
      this.socket.on(event, () => {
        this.closed = true;
      });
  }
}

/** What a server says to bytes on a connection, until it closes it or nothing more comes. */
async function say(port: number, bytes: string | Uint8Array, ms = 50): Promise<Talk> {
  const talk = new Talk(port);
  talk.socket.write(bytes);
  await until(() => talk.closed || talk.text !== "");
  let length = -1;
  while (!talk.closed && talk.text.length !== length) {
    length = talk.text.length;
    const quietAt = Date.now() + ms;
    while (!talk.closed && Date.now() < quietAt) await sleep(5);
  }
  return talk;
}

const post = "POST /test/a HTTP/1.1\r\nhost: a.example\r\n";

describe("a response over HTTP/1.1", () => {
  it("that is whole has its length", async () => {
    const [, port] = await start(({ response }) => response.respond(200, none, Buffer.from("hello")));
    const { text } = await say(port, `${post}content-length: 0\r\n\r\n`);
    expect(text).toMatch(
      /^HTTP\/1\.1 200 OK\r\ncontent-length: 5\r\nDate: .*\r\nConnection: keep-alive\r\nKeep-Alive: .*\r\n\r\nhello$/,
    );
  });

  it.each([204, 304])("of status %i has no length", async (status) => {
    const [, port] = await start(({ response }) => response.respond(status, none));
    const { text } = await say(port, `${post}content-length: 0\r\n\r\n`);
    expect(text).not.toMatch(/content-length|transfer-encoding/i);
  });

  it("to HEAD has a length and no body", async () => {
    const [, port] = await start(({ response }) => response.respond(200, none, Buffer.from("hello")));
    const { text } = await say(port, "HEAD /test/a HTTP/1.1\r\nhost: a\r\n\r\n");
    expect(text).toContain("content-length: 5\r\n");
    expect(text).toMatch(/\r\n\r\n$/);
  });

  it("that is streamed is in chunks, its head goes at once, and trailers come last", async () => {
    const [router, port] = await start(({ response }) => response.head(200, new HeaderMap([["a", "b"]])));
    const said = say(port, `${post}content-length: 0\r\n\r\n`);
    await until(() => router.exchanges.length === 1);
    const { response } = router.last;
    await sleep(10);
    response.write(Buffer.from("one"));
    await sleep(10);
    response.end(Buffer.from("two"), new HeaderMap([["x-last", "1"]]));
    expect((await said).text).toMatch(
      /^HTTP\/1\.1 200 OK\r\na: b\r\n[\s\S]*\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\nx-last: 1\r\n\r\n$/,
    );
    await router.last.over;
  });

  it("keeps values that repeat, and what middleware has set", async () => {
    const headers = new HeaderMap([
      ["x-a", "1"],
      ["x-a", "2"],
      ["x-over", "ours"],
    ]);
    const router = new TestRouter(({ response }) => response.respond(200, headers, Buffer.from("x")));
    const handler = routerListener(router, undefined);
    const port = await listen((request, response) => {
      response.setHeader("x-middleware", "yes");
      response.setHeader("x-over", "theirs");
      handler(request, response);
    });
    const { text } = await say(port, `${post}content-length: 0\r\n\r\n`);
    expect(text).toContain("x-middleware: yes\r\n");
    expect(text).toContain("x-a: 1\r\nx-a: 2\r\n");
    expect(text).toContain("x-over: ours\r\n");
    expect(text).not.toContain("theirs");
    expect(text).toContain("content-length: 1\r\n");
  });

  it("is followed by the next request of the connection", async () => {
    const [, port] = await start((exchange) => {
      exchange.onEnd = () => exchange.response.respond(200, none, Buffer.from("hello"));
      exchange.response.resume();
    });
    const one = `${post}content-length: 5\r\n\r\nhello`;
    const { text, closed } = await say(port, one + one + one, 300);
    expect(text.split("HTTP/1.1 200 OK")).toHaveLength(4);
    expect(closed).toBe(false);
  });

  it("before the end of the request closes the connection", async () => {
    const [router, port] = await start(({ response }) => response.respond(200, none, Buffer.from("no")));
    const { text, closed } = await say(port, `${post}content-length: 100\r\n\r\nhalf`, 5_000);
    expect(text).toMatch(/connection: close\r\n[\s\S]*\r\n\r\nno$/i);
    expect(closed).toBe(true);
    await router.last.over;
    expect(router.last.events).toEqual(["closed"]);
  });

  it("before the end of the request reads at most 64 KiB more of it", async () => {
    const [, port] = await start(({ response }) => response.respond(200, none, Buffer.from("no")));
    const socket = net.connect(port, "127.0.0.1");
    onCleanup(() => socket.destroy());
    socket.on("error", () => {});
    socket.resume();
    let closed = false;
    socket.on("close", () => {
      closed = true;
    });
    socket.write(`${post}content-length: 100000000\r\n\r\n`);
    let sent = 0;
    const timer = setInterval(() => {
      sent += 16_384;
      if (!socket.destroyed) socket.write(Buffer.alloc(16_384));
    }, 1);
    onCleanup(() => clearInterval(timer));
    await until(() => closed);
    expect(sent).toBeLessThan(5_000_000);
  });

  it("before the end of the request can be read by a client that goes on sending", async () => {
    const [, port] = await start(({ response }) => response.respond(200, none, Buffer.alloc(500_000, "a")));
    const socket = net.connect(port, "127.0.0.1");
    onCleanup(() => socket.destroy());
    socket.on("error", () => {});
    socket.write(`${post}content-length: 100000000\r\n\r\n`);
    socket.write(Buffer.alloc(20_000));
    await sleep(50);
    socket.write(Buffer.alloc(20_000));
    await sleep(50);
    let read = 0;
    socket.on("data", (chunk) => {
      read += chunk.byteLength;
    });
    await until(() => read > 500_000);
  });

  describe("whose head went out before the end of the request", () => {
    /** Answers its first request without reading it, and the second after a while. */
    const early = (): ((exchange: Exchange) => void) => {
      let requests = 0;
      return (exchange) => {
        const { response } = exchange;
        if (requests++ === 0) {
          response.head(200, none);
          response.end(Buffer.from("first"));
          return;
        }
        exchange.onEnd = () => setTimeout(() => response.respond(200, none, Buffer.from("second")), 1_300);
        response.resume();
      };
    };

    it("leaves the connection to the next request once the rest came", async () => {
      const [router, port] = await start(early());
      const talk = new Talk(port);
      talk.socket.write(`${post}content-length: 100\r\n\r\nhalf`);
      await until(() => talk.text.includes("first"));
      expect(talk.text).not.toMatch(/connection: close/i);
      talk.socket.write(Buffer.alloc(96));
      await sleep(30);
      talk.socket.write(`${post}content-length: 2\r\n\r\nhi`);
      await until(() => talk.closed || talk.text.includes("second"));
      expect(talk.text).toMatch(/second$/);
      expect(router.last.events).toEqual(["data", "end", "closed"]);
    });

    it("closes the connection when the rest does not come", async () => {
      const [router, port] = await start(early());
      const { closed } = await say(port, `${post}content-length: 100\r\n\r\nhalf`, 3_000);
      expect(closed).toBe(true);
      await router.last.over;
    });
  });

  it("broken off destroys the connection", async () => {
    const [router, port] = await start(({ response }) => {
      response.head(200, none);
      response.write(Buffer.from("half"));
      setTimeout(() => response.reset(2), 20);
    });
    const { text, closed } = await say(port, `${post}content-length: 0\r\n\r\n`, 5_000);
    expect(closed).toBe(true);
    expect(text).toContain("half");
    expect(text).not.toContain("0\r\n\r\n");
    await router.last.over;
    expect(router.last.events).toEqual(["closed"]);
  });
});

describe("a request over HTTP/1.1", () => {
  it("tells its address, URL and headers", async () => {
    const [router, port] = await start(echo);
    await say(port, `${post}x-a: 1\r\nX-A: 2\r\ncontent-length: 0\r\n\r\n`);
    const { request } = router.last;
    expect(request.url).toBe("http://a.example/test/a");
    expect(request.address).toMatch(/^(127\.0\.0\.1|\[::ffff:127\.0\.0\.1\]):\d+$/);
    expect(request.headers.getAll("x-a")).toEqual(["1", "2"]);
    expect(request).toMatchObject({ method: "POST", httpVersion: "1.1", fullDuplex: false, trailers: false });
  });

  it.each([
    ["FIN", (socket: net.Socket) => socket.end()],
    ["RST", (socket: net.Socket) => socket.resetAndDestroy()],
    ["FIN in a chunk", (socket: net.Socket) => socket.end("5\r\nab")],
    ["a bad chunk", (socket: net.Socket) => socket.write("zz\r\n")],
  ])("cut off by %s breaks, and is never seen as complete", async (_name, cut) => {
    const [router, port] = await start(({ response }) => response.resume());
    const socket = net.connect(port, "127.0.0.1");
    socket.on("error", () => {});
    onCleanup(() => socket.destroy());
    socket.write(`${post}transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n`);
    await until(() => router.last?.events.length === 1);
    cut(socket);
    await router.last.over;
    expect(router.last.events).toEqual(["data", "error", "closed"]);
    expect(router.last.failure).toMatchObject({ reason: "lost" });
  });

  it("is not read before resume(), nor while it is paused", async () => {
    const [router, port] = await start(() => {});
    const said = say(port, `${post}content-length: 5\r\n\r\nhello`, 100);
    await until(() => router.exchanges.length === 1);
    await sleep(20);
    expect(router.last.events).toEqual([]);
    router.last.response.resume();
    await until(() => router.last.events.includes("end"));
    router.last.response.respond(200, none);
    await said;
  });

  it("is streamed both ways, with back-pressure", async () => {
    const [, port] = await start(echoStream);
    const client = createNodeHttpClient({ baseUrl: `http://127.0.0.1:${port}`, http: "1.1" });
    onCleanup(() => client.close?.());
    const response = new Collector();
    const stream = client.request(requestTo("/test/a"), response);
    let sent = 0;
    const pump = (): void => {
      while (sent < 100) {
        sent++;
        if (!stream.write(Buffer.alloc(100_000, sent))) return;
      }
      stream.end();
    };
    response.onDrain = pump;
    pump();
    await response.over;
    expect(response.body.byteLength).toBe(10_000_000);
    expect(response.body[9_999_999]).toBe(100);
  });
});

describe("a body that was read before", () => {
  const readBody = async (request: AsyncIterable<unknown>): Promise<void> => {
    for await (const _ of request);
  };

  it("over HTTP/1.1 is an error with a hint, and no hang", async () => {
    const router = new TestRouter(echo);
    const handler = routerListener(router, undefined);
    const port = await listen(async (request, response) => {
      await readBody(request as IncomingMessage);
      handler(request, response);
    });
    const said = say(port, `${post}content-length: 5\r\n\r\nhello`);
    await until(() => router.last?.failure !== undefined);
    expect(router.last.failure).toMatchObject({ reason: "unsupported" });
    expect(router.last.failure?.message).toContain("express.json()");
    router.last.response.respond(500, none);
    expect((await said).text).toMatch(/^HTTP\/1\.1 500 /);
    await router.last.over;
  });

  it("over HTTP/2 is an error with a hint too", async () => {
    const router = new TestRouter(echo);
    const handler = routerListener(router, undefined);
    const server = http2.createServer(async (request, response) => {
      await readBody(request);
      handler(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, () => resolve()));
    onCleanup(() => new Promise((resolve) => server.close(resolve)));
    const client = createNodeHttpClient({
      baseUrl: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
      http: "2",
    });
    onCleanup(() => client.close?.());
    const response = new Collector();
    client.request(requestTo("/test/a"), response).end(Buffer.from("hello"));
    await until(() => router.last?.failure !== undefined);
    expect(router.last.failure).toMatchObject({ reason: "unsupported" });
    router.last.response.respond(500, none);
    await response.over;
    expect(response.status).toBe(500);
  });

  it("is no error when there was none", async () => {
    const router = new TestRouter(echo);
    const handler = routerListener(router, undefined);
    const port = await listen(async (request, response) => {
      await readBody(request as IncomingMessage);
      handler(request, response);
    });
    const { text } = await say(port, "GET /test/a HTTP/1.1\r\nhost: a\r\n\r\n");
    expect(text).toMatch(/^HTTP\/1\.1 200 OK/);
  });
});

describe("nodeHandler() finds its way", () => {
  const teapot = (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(418).end();
  };

  it("by originalUrl, which routers leave as it came", async () => {
    const router = new TestRouter(echo);
    const handler = routerListener(router, undefined);
    const port = await listen((request, response) => {
      const mounted = request as IncomingMessage & { originalUrl?: string };
      mounted.originalUrl = mounted.url as string;
      mounted.url = "/a";
      handler(mounted, response);
    });
    expect((await say(port, `${post}content-length: 2\r\n\r\nhi`)).text).toContain("hi");
  });

  it("to the fallback for paths of nobody", async () => {
    const [, port] = await start(echo, { fallback: teapot as NodeListener });
    expect((await say(port, "GET /elsewhere HTTP/1.1\r\nhost: a\r\n\r\n")).text).toMatch(/^HTTP\/1\.1 418 /);
    expect((await say(port, `${post}content-length: 2\r\n\r\nhi`)).text).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("to next() when there is no fallback", async () => {
    const handler = routerListener(new TestRouter(echo), undefined);
    const port = await listen((request, response) => {
      handler(request, response, () => teapot(request as IncomingMessage, response as ServerResponse));
    });
    expect((await say(port, "GET /elsewhere HTTP/1.1\r\nhost: a\r\n\r\n")).text).toMatch(/^HTTP\/1\.1 418 /);
  });

  it("to its own 404 when there is neither", async () => {
    const [, port] = await start(echo);
    expect((await say(port, "GET /elsewhere HTTP/1.1\r\nhost: a\r\n\r\n")).text).toMatch(/^HTTP\/1\.1 404 /);
  });

  it("with its paths, and as a pair for a single service", () => {
    const service = { typeName: "test.v1.A", specs: [], methods: new Map() } as unknown as Parameters<
      typeof nodeHandler
    >[0][number];
    const [path, handler] = nodeHandler(service);
    expect(path).toBe("/test.v1.A/");
    expect(handler.paths).toEqual(["/test.v1.A/"]);
    expect(nodeHandler([service]).paths).toEqual(["/test.v1.A/"]);
  });
});
