import http2 from "node:http2";
import { describe, expect, it } from "@jest/globals";
import { useCleanup } from "../../testing/node/cleanup.js";
import { sleep, until } from "../../testing/node/collector.js";
import { type Exchange, TestRouter } from "../../testing/node/echo-router.js";
import { post, say, Talk } from "../../testing/node/h1-talk.js";
import { endStream, FrameType, frame, requestHead, wireClient } from "../../testing/node/h2-wire.js";
import { requestPlaces } from "../../testing/node/request-places.js";
import { serveRouter } from "../../testing/node/test-server.js";

const onCleanup = useCleanup();

const readAll = ({ response }: Exchange): void => response.resume();
const streaming = (exchange: Exchange): void => {
  Object.assign(exchange, { streaming: true });
  exchange.response.resume();
};

const { start, h1, h2, places } = requestPlaces(onCleanup);

describe.each(places)("a request under %s", (_place, serve, begin) => {
  const options = { requestIdleTimeoutMs: 120 };

  it.each(["", "part"])("that stops after %j of a single message fails", async (text) => {
    const router = new TestRouter(readAll);
    await begin(await serve(router, options), text);
    await until(() => router.last?.failure !== undefined);
    expect(router.last.failure).toEqual({
      reason: "protocol",
      message: "nothing of the request came for 120 ms (requestIdleTimeoutMs)",
    });
  });

  it("that is a stream fails when it does not begin, and may be silent later", async () => {
    const router = new TestRouter(streaming);
    const port = await serve(router, options);
    await begin(port, "");
    await until(() => router.last?.failure !== undefined);
    await begin(port, "begun");
    await until(() => router.exchanges.length === 2);
    await sleep(400);
    expect(router.last.failure).toBeUndefined();
  });

  it("that drips, or is not read, goes on", async () => {
    const router = new TestRouter(readAll);
    const port = await serve(router, options);
    const more = await begin(port, "a");
    await until(() => router.exchanges.length === 1);
    for (let i = 0; i < 8; i++) {
      await sleep(40);
      more("b");
    }
    expect(router.last.failure).toBeUndefined();
    router.last.response.pause();
    await sleep(400);
    expect(router.last.failure).toBeUndefined();
    router.last.response.resume();
    await until(() => router.last.failure !== undefined);
  });
});

describe("keepalive", () => {
  const options = { keepaliveIntervalMs: 80, keepaliveTimeoutMs: 80 };

  it("over HTTP/2 ends a connection whose client is silent and answers no PING, with its calls", async () => {
    const router = new TestRouter(() => {});
    const client = await wireClient(await start(router, options));
    onCleanup(() => client.socket.destroy());
    client.socket.removeAllListeners("data");
    client.socket.resume();
    client.socket.write(requestHead(1, endStream, "/test/a"));
    await until(() => router.exchanges.length === 1);
    await router.last.over;
    expect(router.last.failure?.message).toContain("the client answered no PING within 80 ms");
  });

  it("over HTTP/2 leaves a client that answers alone, and is not asked for without calls", async () => {
    const router = new TestRouter(() => {});
    const session = http2.connect(`http://127.0.0.1:${await start(router, options)}`);
    onCleanup(() => session.destroy());
    let pings = 0;
    session.on("ping", () => pings++);
    await sleep(300);
    expect(pings).toBe(0);
    const stream = session.request({ ":method": "POST", ":path": "/test/a" });
    stream.on("error", () => {});
    await until(() => pings >= 3);
    expect(router.last.failure).toBeUndefined();
  });
});

describe("an old connection", () => {
  it("of HTTP/2 is told to go, its calls go on, and new ones come on another", async () => {
    const router = new TestRouter(() => {});
    const client = await wireClient(await start(router, { maxConnectionAgeMs: 100 }));
    onCleanup(() => client.socket.destroy());
    client.socket.write(requestHead(1, endStream, "/test/a"));
    await until(() => client.frames.some(({ type }) => type === FrameType.goaway));
    await sleep(100);
    expect(router.last.failure).toBeUndefined();
    expect(client.socket.destroyed).toBe(false);
  });

  it.each([
    ["HTTP/2", h2],
    ["HTTP/1.1", h1],
  ])("of %s is closed after the grace", async (_version, begin) => {
    const router = new TestRouter(readAll);
    await begin(await start(router, { maxConnectionAgeMs: 50, maxConnectionAgeGraceMs: 100 }), "part");
    await until(() => router.exchanges.length === 1);
    const begun = performance.now();
    await router.last.over;
    expect(router.last.failure?.reason).toBe("lost");
    expect(performance.now() - begun).toBeLessThan(30_000);
  });

  it("of HTTP/1.1 ends with its next response", async () => {
    const router = new TestRouter();
    const port = await start(router, { maxConnectionAgeMs: 100 });
    const talk = new Talk(onCleanup, port);
    const whole = `${post}content-length: 2\r\n\r\nhi`;
    talk.socket.write(whole);
    await until(() => talk.text.includes("hi"));
    expect(talk.text).not.toMatch(/connection: close/i);
    await sleep(150);
    talk.socket.write(whole);
    await until(() => talk.closed);
    expect(talk.text).toMatch(/connection: close/i);
    expect(talk.text.split("200 OK")).toHaveLength(3);
  });
});

it("a fallback's upload over HTTP/2 that does not come is reset", async () => {
  const server = await serveRouter(new TestRouter(), { requestIdleTimeoutMs: 100, fallback: () => undefined });
  onCleanup(() => server.close());
  const client = await wireClient(server.port);
  onCleanup(() => client.socket.destroy());
  client.socket.write(Buffer.concat([requestHead(1, 0, "/else"), frame(0, 0, 1, Buffer.from("a"))]));
  await until(() => client.of(1).includes("RST:8"));
  expect((await say(onCleanup, server.port, "GET /test/a HTTP/1.1\r\nhost: a\r\n\r\n")).text).toContain("200 OK");
});
