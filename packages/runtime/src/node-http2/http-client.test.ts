import http2, { type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import net, { type AddressInfo } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../http/header-map.js";
import type { HttpClient } from "../http/http-client.js";
import { useCleanup } from "../testing/node/cleanup.js";
import { Collector, sleep, until } from "../testing/node/collector.js";
import { TestRouter } from "../testing/node/echo-router.js";
import { requestTo } from "../testing/node/request-head.js";
import { serveRouter } from "../testing/node/test-server.js";
import { createNodeHttp2Client, type NodeHttp2ClientOptions } from "./http-client.js";

const onCleanup = useCleanup();

interface Pair {
  readonly client: HttpClient;
  readonly server: Http2Server;
  readonly sessions: readonly ServerHttp2Session[];
}

async function start(
  onStream: (stream: ServerHttp2Stream) => void,
  options: Partial<NodeHttp2ClientOptions> = {},
): Promise<Pair> {
  const server = http2.createServer();
  const sessions: ServerHttp2Session[] = [];
  server.on("session", (session) => {
    sessions.push(session);
    session.on("error", () => {});
  });
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    onStream(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onCleanup(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const client = createNodeHttp2Client({ baseUrl: `http://127.0.0.1:${port}`, ...options });
  onCleanup(() => client.close?.());
  return { client, server, sessions };
}

async function clientOf(router: TestRouter): Promise<HttpClient> {
  const server = await serveRouter(router);
  onCleanup(() => server.close());
  const client = createNodeHttp2Client({ baseUrl: `http://127.0.0.1:${server.port}` });
  onCleanup(() => client.close?.());
  return client;
}

async function call(client: HttpClient, body = "hello"): Promise<Collector> {
  const response = new Collector();
  client.request(requestTo("/test/"), response).end(Buffer.from(body));
  await response.over;
  return response;
}

function answer(stream: ServerHttp2Stream): void {
  stream.respond();
  stream.end("ok");
}

describe("an HTTP client on node:http2", () => {
  it("sends a whole body with its length", async () => {
    let length: string | undefined;
    const { client, server } = await start((stream) => answer(stream));
    server.on("stream", (_, headers) => {
      length = headers["content-length"];
    });
    expect(await call(client)).toMatchObject({ status: 200, text: "ok" });
    expect(length).toBe("5");
  });

  it.each([
    [http2.constants.NGHTTP2_REFUSED_STREAM, { resetCode: 7, unprocessed: true }],
    [http2.constants.NGHTTP2_CANCEL, { resetCode: 8 }],
    [http2.constants.NGHTTP2_INTERNAL_ERROR, { resetCode: 2 }],
  ])("tells a reset with code %d", async (code, failure) => {
    const { client } = await start((stream) => stream.close(code));
    expect((await call(client)).failure).toMatchObject({ reason: "reset", ...failure });
  });

  it("tells a reset within the body", async () => {
    const router = new TestRouter(({ response }) => {
      response.head(200, new HeaderMap());
      response.write(Buffer.from("half"));
      setTimeout(() => response.reset(8), 20);
    });
    const response = await call(await clientOf(router));
    expect(response.failure).toMatchObject({ reason: "reset", resetCode: 8 });
    expect(response.events).toEqual(["head", "data", "error"]);
  });

  it("tells a connection that is lost, and makes another one", async () => {
    let requests = 0;
    const { client, sessions } = await start((stream) => {
      if (++requests > 1) answer(stream);
      else (stream.session as ServerHttp2Session).destroy();
    });
    expect((await call(client)).failure).toMatchObject({ reason: "lost" });
    expect(await call(client)).toMatchObject({ status: 200, text: "ok" });
    expect(sessions).toHaveLength(2);
  });

  it("takes another connection when the server says that this one is closing", async () => {
    const { client, sessions } = await start((stream) => answer(stream));
    await call(client);
    sessions[0]?.close();
    await until(() => sessions[0]?.destroyed === true);
    // The client hears of it a little later.
    await sleep(20);
    expect(await call(client)).toMatchObject({ failure: undefined, text: "ok" });
    expect(sessions).toHaveLength(2);
  });

  it("cancels by a reset, without an end before it", async () => {
    const router = new TestRouter(({ response }) => response.resume());
    const client = await clientOf(router);
    const response = new Collector();
    const stream = client.request(requestTo("/test/"), response);
    stream.write(Buffer.from("half"));
    await until(() => router.exchanges.length === 1 && router.last.events.length === 1);
    stream.cancel();
    await until(() => router.last.events.length === 3);
    expect(router.last.events).toEqual(["data", "error", "closed"]);
    expect(router.last.failure).toMatchObject({ reason: "reset", resetCode: 8 });
    expect(response.events).toEqual([]);
  });

  it("waits while the server is slow to read", async () => {
    const { client } = await start((stream) => {
      setTimeout(() => stream.resume().on("end", () => answer(stream)), 50);
    });
    const response = new Collector();
    const stream = client.request(requestTo("/"), response);
    let written = 0;
    while (stream.write(Buffer.alloc(65_536)) && ++written < 100);
    expect(written).toBeLessThan(100);
    await until(() => response.drains > 0);
    stream.end();
    await response.over;
    expect(response.text).toBe("ok");
  });

  it("closes its connection when it is idle, and when it is closed, after its calls", async () => {
    const streams: ServerHttp2Stream[] = [];
    const { client, sessions } = await start((stream) => void streams.push(stream), { idleTimeoutMs: 30 });
    const first = call(client);
    await until(() => streams.length === 1);
    answer(streams[0] as ServerHttp2Stream);
    expect((await first).text).toBe("ok");
    await until(() => sessions[0]?.destroyed === true);
    const second = call(client);
    await until(() => streams.length === 2);
    client.close?.();
    expect((await call(client)).failure).toMatchObject({ message: "the client was closed" });
    answer(streams[1] as ServerHttp2Stream);
    expect((await second).text).toBe("ok");
    await until(() => sessions[1]?.destroyed === true);
  });

  it("gives a connection up that takes too long", async () => {
    const server = net.createServer((socket) => void socket.resume()).listen(0, "127.0.0.1");
    onCleanup(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    // TLS to a server that says nothing.
    const client = createNodeHttp2Client({ baseUrl: `https://127.0.0.1:${port}`, connectTimeoutMs: 40 });
    expect((await call(client)).failure).toMatchObject({
      reason: "connect",
      message: `cannot connect to https://127.0.0.1:${port}: no answer within 40 ms`,
    });
  });

  it("says what it cannot send", async () => {
    const { client } = await start((stream) => answer(stream));
    const response = new Collector();
    const head = requestTo("/");
    head.headers.append("content-type", "a");
    head.headers.append("content-type", "b");
    client.request(head, response).end();
    await response.over;
    expect(response.failure).toMatchObject({
      reason: "unsupported",
      message: expect.stringMatching(/^the request cannot be sent: /),
    });
  });

  it("refuses bad options", () => {
    expect(() => createNodeHttp2Client({ baseUrl: "localhost:1" })).toThrow(TypeError);
    expect(() => createNodeHttp2Client({ baseUrl: "http://a", idleTimeoutMs: -1 })).toThrow(RangeError);
    expect(() => createNodeHttp2Client({ baseUrl: "http://a", maxConnections: 1 } as never)).toThrow(/no option/);
  });
});
