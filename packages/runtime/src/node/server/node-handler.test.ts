import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import http2 from "node:http2";
import net from "node:net";
import { describe, expect, it } from "@jest/globals";
import type { ServiceHandler } from "../../handler/types.js";
import { HeaderMap } from "../../http/header-map.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { Collector, sleep, until } from "../../testing/node/collector.js";
import { echo, echoStream, TestRouter } from "../../testing/node/echo-router.js";
import { listen, post, say, startHandler } from "../../testing/node/h1-talk.js";
import { requestTo } from "../../testing/node/request-head.js";
import { createNodeHttpClient } from "../client/http-client.js";
import { type NodeListener, nodeHandler, routerListener } from "./node-handler.js";

const onCleanup = useCleanup();
const none = new HeaderMap();

describe("a request over HTTP/1.1", () => {
  it("tells its address, URL and headers", async () => {
    const [router, port] = await startHandler(onCleanup, echo);
    await say(onCleanup, port, `${post}x-a: 1\r\nX-A: 2\r\ncontent-length: 0\r\n\r\n`);
    const { request } = router.last;
    expect(request.url).toBe("http://a.example/test/a");
    expect(request.address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(request.headers.getAll("x-a")).toEqual(["1", "2"]);
    expect(request).toMatchObject({ method: "POST", httpVersion: "1.1", fullDuplex: false, trailers: false });
  });

  it.each([
    ["FIN", (socket: net.Socket) => socket.end()],
    ["RST", (socket: net.Socket) => socket.resetAndDestroy()],
    ["FIN in a chunk", (socket: net.Socket) => socket.end("5\r\nab")],
    ["a bad chunk", (socket: net.Socket) => socket.write("zz\r\n")],
  ])("cut off by %s breaks, and is never seen as complete", async (_name, cut) => {
    const [router, port] = await startHandler(onCleanup, ({ response }) => response.resume());
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
    const [router, port] = await startHandler(onCleanup, () => {});
    const said = say(onCleanup, port, `${post}content-length: 5\r\n\r\nhello`, 100);
    await until(() => router.exchanges.length === 1);
    await sleep(20);
    expect(router.last.events).toEqual([]);
    router.last.response.resume();
    await until(() => router.last.events.includes("end"));
    router.last.response.respond(200, none);
    await said;
  });

  it("is streamed both ways, with back-pressure", async () => {
    const [, port] = await startHandler(onCleanup, echoStream);
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
    const port = await listen(onCleanup, async (request, response) => {
      await readBody(request as IncomingMessage);
      handler(request, response);
    });
    const said = say(onCleanup, port, `${post}content-length: 5\r\n\r\nhello`);
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

  it.each(["1.1", "2"] as const)(
    "over HTTP/%s is taken from request.rawBody, as serverless platforms have it",
    async (http) => {
      const router = new TestRouter(echo);
      const handler = routerListener(router, undefined);
      const listener: NodeListener = (request, response) => {
        const chunks: Uint8Array[] = [];
        request.on("data", (chunk: Uint8Array) => chunks.push(chunk));
        request.on("end", () => handler(Object.assign(request, { rawBody: Buffer.concat(chunks) }), response));
      };
      const server = http === "2" ? http2.createServer(listener) : createServer(listener);
      await new Promise<void>((resolve) => server.listen(0, () => resolve()));
      onCleanup(() => new Promise((resolve) => server.close(resolve)));
      const client = createNodeHttpClient({
        baseUrl: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
        http,
      });
      onCleanup(() => client.close?.());
      const response = new Collector();
      client.request(requestTo("/test/a"), response).end(Buffer.from("hello"));
      await response.over;
      expect(response.text).toBe("hello");
      expect(router.last.events.slice(0, 2)).toEqual(["data", "end"]);
    },
  );

  it("is no error when there was none", async () => {
    const router = new TestRouter(echo);
    const handler = routerListener(router, undefined);
    const port = await listen(onCleanup, async (request, response) => {
      await readBody(request as IncomingMessage);
      handler(request, response);
    });
    const { text } = await say(onCleanup, port, "GET /test/a HTTP/1.1\r\nhost: a\r\n\r\n");
    expect(text).toMatch(/^HTTP\/1\.1 200 OK/);
  });
});

describe("nodeHandler() finds its way", () => {
  const teapot = (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(418).end();
  };

  it("by the URL that it is handed, not by what that was before", async () => {
    const router = new TestRouter(echo);
    const handler = routerListener(router, undefined);
    const port = await listen(onCleanup, (request, response) => {
      const rewritten = request as IncomingMessage & { originalUrl?: string };
      rewritten.originalUrl = rewritten.url as string;
      rewritten.url = "/test/b";
      handler(rewritten, response);
    });
    expect((await say(onCleanup, port, `${post}content-length: 2\r\n\r\nhi`)).text).toContain("hi");
    expect(router.last.request.path).toBe("/test/b");
  });

  it("by the path of a target in absolute form, whose host counts", async () => {
    const [router, port] = await startHandler(onCleanup, echo);
    const { text } = await say(
      onCleanup,
      port,
      "GET http://b.example:80/test/a?x=1 HTTP/1.1\r\nhost: a.example\r\n\r\n",
    );
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(router.last.request.path).toBe("/test/a?x=1");
    expect(router.last.request.url).toBe("http://b.example:80/test/a?x=1");
  });

  it("and shows the whole URL where its host says what it took off", async () => {
    const router = new TestRouter(echo);
    const handler = routerListener(router, undefined);
    const port = await listen(onCleanup, (request, response) => {
      handler(Object.assign(request, { baseUrl: "/api" }), response);
    });
    await say(onCleanup, port, `${post}content-length: 2\r\n\r\nhi`);
    expect(router.last.request.url).toBe("http://a.example/api/test/a");
  });

  it("to the fallback for paths of nobody", async () => {
    const [, port] = await startHandler(onCleanup, echo, { fallback: teapot as NodeListener });
    expect((await say(onCleanup, port, "GET /elsewhere HTTP/1.1\r\nhost: a\r\n\r\n")).text).toMatch(/^HTTP\/1\.1 418 /);
    expect((await say(onCleanup, port, `${post}content-length: 2\r\n\r\nhi`)).text).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("to next() when there is no fallback", async () => {
    const handler = routerListener(new TestRouter(echo), undefined);
    const port = await listen(onCleanup, (request, response) => {
      handler(request, response, () => teapot(request as IncomingMessage, response as ServerResponse));
    });
    expect((await say(onCleanup, port, "GET /elsewhere HTTP/1.1\r\nhost: a\r\n\r\n")).text).toMatch(/^HTTP\/1\.1 418 /);
  });

  it("to its own 404 when there is neither", async () => {
    const [, port] = await startHandler(onCleanup, echo);
    expect((await say(onCleanup, port, "GET /elsewhere HTTP/1.1\r\nhost: a\r\n\r\n")).text).toMatch(/^HTTP\/1\.1 404 /);
  });

  it("with its paths, and as a pair for a single service", () => {
    const service = { typeName: "test.v1.A", specs: [], methods: new Map() } as unknown as ServiceHandler;
    const [path, handler] = nodeHandler(service);
    expect(path).toBe("/test.v1.A/");
    expect(handler.paths).toEqual(["/test.v1.A/"]);
    expect(nodeHandler([service]).paths).toEqual(["/test.v1.A/"]);
  });
});

describe("a host that passes no request of node:http", () => {
  it.each([[new Request("http://a.example/")], [undefined]])("is told to take fetchHandler", (given) => {
    expect(() => nodeHandler([])(given as never, {} as never)).toThrow(
      new TypeError(
        "nodeHandler was called without a request of node:http: hosts that pass a Request take fetchHandler of @connect-ts/runtime/fetch",
      ),
    );
  });
});
