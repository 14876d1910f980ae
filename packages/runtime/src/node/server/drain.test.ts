import net from "node:net";
import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../../http/header-map.js";
import type { HttpClient } from "../../http/http-client.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { Collector, sleep, until } from "../../testing/node/collector.js";
import { type Exchange, echo, TestRouter } from "../../testing/node/echo-router.js";
import { endStream, FrameType, requestHead, wireClient } from "../../testing/node/h2-wire.js";
import { requestTo } from "../../testing/node/request-head.js";
import { serveRouter } from "../../testing/node/test-server.js";
import { createNodeHttpClient } from "../client/http-client.js";
import type { ServeOptions } from "./options.js";
import type { NodeServer } from "./serve.js";

const onCleanup = useCleanup();
const none = new HeaderMap();

async function start(
  http: "1.1" | "2",
  run: (exchange: Exchange) => void,
  options: Partial<ServeOptions> = {},
): Promise<{ router: TestRouter; server: NodeServer; client: HttpClient }> {
  const router = new TestRouter(run);
  const server = await serveRouter(router, options);
  onCleanup(() => server.close());
  const client = createNodeHttpClient({ baseUrl: `http://127.0.0.1:${server.port}`, http });
  onCleanup(() => client.close?.());
  return { router, server, client };
}

function call(client: HttpClient): Collector {
  const response = new Collector();
  client.request(requestTo("/test/a"), response).end(Buffer.from("hello"));
  return response;
}

const slow =
  (ms: number) =>
  (exchange: Exchange): void => {
    exchange.onEnd = () => setTimeout(() => exchange.response.respond(200, none, exchange.body), ms);
    exchange.response.resume();
  };

describe.each(["1.1", "2"] as const)("drain() over HTTP/%s", (http) => {
  it("waits for the calls that run, and no longer", async () => {
    const { client, router, server } = await start(http, slow(150));
    const responses = [call(client), call(client), call(client)];
    await until(() => router.exchanges.length === 3);
    const begin = performance.now();
    const result = await server.drain({ graceMs: 60_000 });
    expect(performance.now() - begin).toBeLessThan(30_000);
    expect(result).toEqual({ finished: 3, cut: 0 });
    expect(router.draining).toBe(true);
    for (const response of responses) expect(response.text).toBe("hello");
  });

  it("breaks off what runs longer than the grace, and clients see a lost connection", async () => {
    const { client, router, server } = await start(http, ({ response }) => response.resume());
    const response = call(client);
    await until(() => router.last?.events.includes("end") === true);
    expect(await server.drain({ graceMs: 60 })).toEqual({ finished: 0, cut: 1 });
    await response.over;
    expect(response.failure).toMatchObject({ reason: "lost" });
    expect(response.failure?.unprocessed).toBeUndefined();
    await router.last.over;
    expect(router.last.events).toEqual(["data", "end", "error", "closed"]);
  });

  it("goes on as before for noticeMs, with drainSignal aborted", async () => {
    const { client, router, server } = await start(http, slow(1));
    const drained = server.drain({ noticeMs: 1_000, graceMs: 2_000 });
    expect(router.draining).toBe(true);
    const other = createNodeHttpClient({ baseUrl: `http://127.0.0.1:${server.port}`, http });
    onCleanup(() => other.close?.());
    const responses = [call(client), call(other)];
    for (const response of responses) {
      await response.over;
      expect(response.text).toBe("hello");
      expect(response.headers?.get("connection")).not.toBe("close");
    }
    await drained;
    const late = call(other);
    await late.over;
    expect(late.failure).toMatchObject({ reason: "connect" });
  });

  it("takes no new connections", async () => {
    const { client, router, server } = await start(http, slow(100));
    const first = call(client);
    await until(() => router.exchanges.length === 1);
    const drained = server.drain();
    await until(() => !server.listener.listening);
    const other = createNodeHttpClient({ baseUrl: `http://127.0.0.1:${server.port}`, http });
    onCleanup(() => other.close?.());
    const refused = call(other);
    await refused.over;
    expect(refused.failure).toMatchObject({ reason: "connect" });
    await drained;
    expect(first.text).toBe("hello");
  });

  it("does not lose a large response that is still on its way", async () => {
    const { client, router, server } = await start(http, ({ response }) =>
      response.respond(200, none, Buffer.alloc(20_000_000)),
    );
    const response = new Collector();
    const stream = client.request(requestTo("/test/a"), response);
    stream.pause();
    stream.end();
    await until(() => router.exchanges.length === 1);
    const drained = server.drain({ graceMs: 5_000 });
    await sleep(50);
    stream.resume();
    await drained;
    await response.over;
    expect(response.body.byteLength).toBe(20_000_000);
  });

  it("loses no call of clients that go on calling", async () => {
    const { client, server } = await start(http, slow(5));
    const responses: Collector[] = [];
    let going = true;
    const caller = async (): Promise<void> => {
      while (going) {
        const response = call(client);
        responses.push(response);
        await response.over;
        if (response.failure !== undefined) return;
      }
    };
    const callers = Array.from({ length: 10 }, caller);
    const answered = (): number => responses.filter(({ text }) => text === "hello").length;
    await until(() => answered() > 20);
    const { cut } = await server.drain({ graceMs: 30_000 });
    going = false;
    await Promise.all(callers);
    expect(cut).toBe(0);
    expect(answered()).toBeGreaterThan(20);
    // What fails could not be sent, or was not processed: it can be sent elsewhere.
    const failures = responses.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
    expect(failures.filter(({ unprocessed }) => unprocessed !== true)).toEqual([]);
  });

  it("ends at once when there is nothing to wait for", async () => {
    const took: number[] = [];
    for (let i = 0; i < 3; i++) {
      const { server } = await start(http, echo);
      const begin = performance.now();
      expect(await server.drain()).toEqual({ finished: 0, cut: 0 });
      took.push(performance.now() - begin);
    }
    expect(Math.min(...took)).toBeLessThan(1_000);
  });
});

describe("drain()", () => {
  it("answers what still comes on an open HTTP/1.1 connection, and tells it to close", async () => {
    const { server } = await start("1.1", echo);
    const socket = net.connect(server.port, "127.0.0.1");
    onCleanup(() => socket.destroy());
    let text = "";
    let closed = false;
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("end", () => {
      closed = true;
    });
    const request = "POST /test/a HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi";
    socket.write(request);
    await until(() => text.includes("x-trailer: last"));
    expect(text).not.toMatch(/connection: close/i);
    const drained = server.drain({ lingerMs: 1_000 });
    await sleep(30);
    text = "";
    socket.write(request);
    await drained;
    await until(() => closed);
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*connection: close\r\n/i);
  });

  it("ends HTTP/2 connections with GOAWAY for all streams, and then for the last one", async () => {
    const { server, router } = await start("2", slow(80));
    const client = await wireClient(server.port);
    onCleanup(() => client.socket.destroy());
    client.socket.write(requestHead(1, endStream, "/test/a"));
    await until(() => router.exchanges.length === 1);
    await server.drain();
    await client.closed;
    const goaways = client.frames.filter(({ type }) => type === FrameType.goaway);
    // Node repeats the last one when it closes the connection.
    expect(goaways.slice(0, 2).map(({ payload }) => payload.readUInt32BE(0))).toEqual([0x7fff_ffff, 1]);
    expect(client.of(1)[0]).toBe("HEADERS+END");
  });

  it("does not wait for connections that have said nothing", async () => {
    const { server } = await start("1.1", echo);
    const socket = net.connect(server.port, "127.0.0.1");
    onCleanup(() => socket.destroy());
    await until(() => server.sockets.size === 1);
    const begin = performance.now();
    await server.drain({ graceMs: 60_000 });
    expect(performance.now() - begin).toBeLessThan(30_000);
  });

  it("waits for the fallback's requests", async () => {
    const { server } = await start("1.1", echo, {
      fallback: (_request, response) => {
        setTimeout(() => response.end("late"), 100);
      },
    });
    const answer = fetch(`http://127.0.0.1:${server.port}/page`, { headers: { connection: "close" } });
    await until(() => server.fallback.active === 1);
    await server.drain();
    expect(await (await answer).text()).toBe("late");
  });
});
