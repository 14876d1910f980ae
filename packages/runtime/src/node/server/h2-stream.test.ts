import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../../http/header-map.js";
import type { HttpServerStream } from "../../http/http-server.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { sleep, until } from "../../testing/node/collector.js";
import { type Exchange, TestRouter } from "../../testing/node/echo-router.js";
import {
  data,
  endStream,
  FrameType,
  field,
  frame,
  goaway,
  requestHead,
  reset,
  trailers,
  uint32,
  type WireClient,
  wireClient,
} from "../../testing/node/h2-wire.js";
import { serveRouter } from "../../testing/node/test-server.js";

const onCleanup = useCleanup();
const none = new HeaderMap();
const status = new HeaderMap([["status", "0"]]);

async function start(run: (exchange: Exchange) => void): Promise<{ client: WireClient; router: TestRouter }> {
  const router = new TestRouter(run);
  const server = await serveRouter(router);
  onCleanup(() => server.close());
  const client = await wireClient(server.port);
  onCleanup(() => client.socket.destroy());
  return { client, router };
}

function readAll({ response }: Exchange): void {
  response.resume();
}

describe("a response over HTTP/2", () => {
  it("without a body is one frame", async () => {
    const { client } = await start((exchange) => {
      exchange.onEnd = () => exchange.response.respond(200, status);
      exchange.response.resume();
    });
    client.socket.write(requestHead(1, endStream, "/test/a"));
    await until(() => client.of(1).length > 0);
    expect(client.of(1)).toEqual(["HEADERS+END"]);
  });

  it("has its trailers at the end", async () => {
    const { client, router } = await start((exchange) => {
      exchange.onEnd = () => exchange.response.respond(200, none, Buffer.from("hi"), status);
      exchange.response.resume();
    });
    client.socket.write(requestHead(1, endStream, "/test/a"));
    await until(() => client.of(1).length > 2);
    expect(client.of(1)).toEqual(["HEADERS", "DATA:hi", "HEADERS+END"]);
    await router.last.over;
    expect(router.last.events).toEqual(["end", "closed"]);
  });

  it("without trailers ends with its body", async () => {
    const { client } = await start((exchange) => {
      exchange.onEnd = () => exchange.response.respond(200, none, Buffer.from("hi"));
      exchange.response.resume();
    });
    client.socket.write(requestHead(1, endStream, "/test/a"));
    await until(() => client.of(1).at(-1)?.endsWith("+END") === true);
    expect(client.of(1)).toEqual(["HEADERS", "DATA:hi+END"]);
  });

  it("that is streamed without trailers ends with its last bytes", async () => {
    const { client } = await start(({ response }) => {
      response.resume();
      response.head(200, none, true);
      response.end(Buffer.from("hi"));
    });
    client.socket.write(requestHead(1, endStream, "/test/a"));
    await until(() => client.of(1).at(-1)?.endsWith("+END") === true);
    expect(client.of(1)).toEqual(["HEADERS", "DATA:hi+END"]);
  });

  // Go clients that get an answer end their request, shorter than its content-length says.
  it("without trailers is whole when the request ends short after it", async () => {
    const { client, router } = await start((exchange) => {
      if (exchange.request.path === "/test/b") {
        exchange.response.respond(200, none);
        return;
      }
      exchange.onData = () => exchange.response.respond(200, none, Buffer.from("no more"));
      exchange.response.resume();
    });
    client.socket.write(requestHead(1, 0, "/test/a", field("content-length", "100")));
    client.socket.write(data(1, "short"));
    await until(() => client.of(1).length > 0);
    client.socket.write(data(1, "", endStream));
    client.socket.write(requestHead(3, endStream, "/test/b"));
    await router.last.over;
    expect(client.of(1)).toEqual(["HEADERS", "DATA:no more+END"]);
  });

  it("has no header that HTTP/2 forbids, whatever the handler set", async () => {
    const headers = new HeaderMap([
      ["connection", "keep-alive"],
      ["transfer-encoding", "chunked"],
      ["x-a", "1"],
    ]);
    const { client } = await start((exchange) => exchange.response.respond(200, headers));
    client.socket.write(requestHead(1, endStream, "/test/a"));
    await until(() => client.of(1).length > 0);
    expect(client.of(1)).toEqual(["HEADERS+END"]);
  });

  it("may have a field twice that others take once", async () => {
    const headers = new HeaderMap([
      ["content-type", "a"],
      ["content-type", "b"],
    ]);
    const { client } = await start((exchange) => exchange.response.respond(200, headers));
    client.socket.write(requestHead(1, endStream, "/test/a"));
    await until(() => client.of(1).length > 0);
    expect(client.of(1)).toEqual(["HEADERS+END"]);
  });

  it("before the end of the request is complete, and asks for no more with NO_ERROR", async () => {
    const { client, router } = await start(({ response }) => response.respond(200, none, Buffer.from("no"), status));
    client.socket.write(Buffer.concat([requestHead(1, 0, "/test/a"), data(1, "part")]));
    await until(() => client.of(1).includes("RST:0"));
    expect(client.of(1)).toEqual(["HEADERS", "DATA:no", "HEADERS+END", "RST:0"]);
    await router.last.over;
    expect(router.last.events).toEqual(["closed"]);
  });

  it("of one frame before the end of the request asks for no more too", async () => {
    const { client, router } = await start(({ response }) => response.respond(200, status));
    client.socket.write(requestHead(1, 0, "/test/a"));
    await until(() => client.of(1).includes("RST:0"));
    expect(client.of(1)).toEqual(["HEADERS+END", "RST:0"]);
    await router.last.over;
  });

  it("that is streamed before the end of the request ends with NO_ERROR, after all of it", async () => {
    const { client } = await start(({ response }) => {
      response.head(200, none);
      response.write(Buffer.from("a"));
      response.end(Buffer.from("b"), status);
    });
    client.socket.write(requestHead(1, 0, "/test/a"));
    await until(() => client.of(1).includes("RST:0"));
    expect(client.of(1).join()).toMatch(/^HEADERS,DATA:a(,DATA:)?b,HEADERS\+END,RST:0$/);
  });

  it.each([
    ["of one frame", (response: HttpServerStream) => response.respond(200, status)],
    ["without trailers", (response: HttpServerStream) => response.respond(200, none, Buffer.from("no"))],
    ["with trailers", (response: HttpServerStream) => response.respond(200, none, Buffer.from("no"), status)],
  ])("%s, to a request that came whole and that nobody read, closes the stream", async (_, answer) => {
    const { client, router } = await start(() => {});
    client.socket.write(Buffer.concat([requestHead(1, 0, "/test/a"), data(1, "whole", endStream)]));
    await until(() => router.exchanges.length === 1);
    await sleep(20);
    answer(router.last.response);
    await router.last.over;
    expect(router.last.events).toEqual(["closed"]);
    await until(() => client.of(1).at(-1)?.endsWith("+END") === true);
  });

  it("to a request that came whole and that was paused closes the stream", async () => {
    const { client, router } = await start(({ response }) => {
      response.resume();
      response.pause();
    });
    client.socket.write(Buffer.concat([requestHead(1, 0, "/test/a"), data(1, "whole", endStream)]));
    await until(() => router.exchanges.length === 1);
    await sleep(20);
    router.last.response.respond(200, none, Buffer.from("no"), status);
    await router.last.over;
  });

  it("before a short rest of the request came is not followed by a reset", async () => {
    const { client, router } = await start(({ response }) => response.respond(200, status));
    client.socket.write(requestHead(1, 0, "/test/a"));
    await until(() => client.of(1).length > 0);
    await sleep(20);
    client.socket.write(data(1, "rest", endStream));
    await router.last.over;
    await sleep(300);
    expect(client.of(1)).toEqual(["HEADERS+END"]);
  });

  it("before a long rest of the request asks for no more at once", async () => {
    const { client, router } = await start(({ response }) => response.respond(200, status));
    const took: number[] = [];
    for (const id of [1, 3, 5]) {
      client.socket.write(requestHead(id, 0, "/test/a"));
      await until(() => client.of(id).length > 0);
      const sentAt = performance.now();
      for (let i = 0; i < 4; i++) client.socket.write(data(id, "x".repeat(16_000)));
      await until(() => client.of(id).includes("RST:0"));
      took.push(performance.now() - sentAt);
      await router.last.over;
    }
    expect(Math.min(...took)).toBeLessThan(900);
  });

  it("broken off is a reset with its code and no end before it", async () => {
    const { client, router } = await start(({ response }) => {
      response.head(200, none);
      response.write(Buffer.from("half"));
      setTimeout(() => response.reset(2), 20);
    });
    client.socket.write(requestHead(1, endStream, "/test/a"));
    await until(() => client.of(1).includes("RST:2"));
    expect(client.of(1)).toEqual(["HEADERS", "DATA:half", "RST:2"]);
    await router.last.over;
    expect(router.last.events).toEqual(["closed"]);
  });

  it("takes no calls after its end", async () => {
    const { client } = await start(({ response }) => {
      response.respond(200, status);
      response.head(200, none);
      response.write(Buffer.from("x"));
      response.end();
      response.respond(500, none);
    });
    client.socket.write(requestHead(1, endStream, "/test/a"));
    await until(() => client.of(1).length > 0);
    await sleep(20);
    expect(client.of(1)).toEqual(["HEADERS+END"]);
  });
});

describe("a request over HTTP/2", () => {
  it("is not read before resume()", async () => {
    const { client, router } = await start(() => {});
    client.socket.write(Buffer.concat([requestHead(1, 0, "/test/a"), data(1, "hello", endStream)]));
    await until(() => router.exchanges.length === 1);
    await sleep(30);
    expect(router.last.events).toEqual([]);
    router.last.response.resume();
    await until(() => router.last.events.includes("end"));
    expect(router.last.body.toString()).toBe("hello");
    router.last.response.respond(200, none);
  });

  it("is not read while it is paused, and the client's window fills", async () => {
    const { client, router } = await start((exchange) => {
      exchange.onData = () => exchange.response.pause();
      exchange.response.resume();
    });
    client.socket.write(Buffer.concat([requestHead(1, 0, "/test/a"), data(1, "one")]));
    await until(() => router.last?.events.length === 1);
    client.socket.write(data(1, "two", endStream));
    await sleep(30);
    expect(router.last.body.toString()).toBe("one");
    router.last.response.resume();
    await until(() => router.last.body.toString() === "onetwo");
    router.last.response.resume();
    await until(() => router.last.events.includes("end"));
    router.last.response.respond(200, none);
  });

  // Each way to cut a request's body off (RELIABILITY.md, R3): it is never seen as complete.
  const cuts: [string, (client: WireClient) => void, string][] = [
    ["RST_STREAM CANCEL", ({ socket }) => socket.write(reset(1, 8)), "reset"],
    ["RST_STREAM NO_ERROR", ({ socket }) => socket.write(reset(1, 0)), "reset"],
    ["RST_STREAM INTERNAL_ERROR", ({ socket }) => socket.write(reset(1, 2)), "reset"],
    ["FIN", ({ socket }) => socket.end(), "lost"],
    ["a TCP reset", ({ socket }) => socket.resetAndDestroy(), "lost"],
    ["GOAWAY and FIN", ({ socket }) => socket.end(goaway(0, 0)), "lost"],
    ["GOAWAY with an error", ({ socket }) => socket.write(goaway(0, 2)), "lost"],
    ["FIN in the middle of a frame", ({ socket }) => socket.end(data(1, "more").subarray(0, 11)), "lost"],
    ["a frame that is too large", ({ socket }) => socket.write("GET / HTTP/1.1\r\n\r\n"), "lost"],
    ["headers that are no HPACK", ({ socket }) => socket.write(frame(1, 4, 3, Buffer.alloc(5, 0xff))), "lost"],
    ["an illegal frame", ({ socket }) => socket.write(frame(FrameType.windowUpdate, 0, 0, uint32(0))), "lost"],
  ];
  it.each(cuts)("cut off by %s breaks", async (_name, cut, reason) => {
    const { client, router } = await start(readAll);
    client.socket.write(Buffer.concat([requestHead(1, 0, "/test/a"), data(1, "half")]));
    await until(() => router.last?.events.length === 1);
    cut(client);
    await router.last.over;
    expect(router.last.events).toEqual(["data", "error", "closed"]);
    expect(router.last.failure?.reason).toBe(reason);
  });

  it.each(cuts)("cut off by %s while it is paused breaks", async (_name, cut) => {
    const { client, router } = await start(() => {});
    client.socket.write(Buffer.concat([requestHead(1, 0, "/test/a"), data(1, "half")]));
    await until(() => router.exchanges.length === 1);
    await sleep(10);
    cut(client);
    await until(() => router.last.failure !== undefined);
    router.last.response.resume();
    await router.last.over;
    expect(router.last.events).toEqual(["error", "closed"]);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])("reset with code %i is told with it", async (code) => {
    const { client, router } = await start(readAll);
    client.socket.write(requestHead(1, 0, "/test/a"));
    await until(() => router.exchanges.length === 1);
    client.socket.write(reset(1, code));
    await router.last.over;
    expect(router.last.failure).toMatchObject({ reason: "reset", resetCode: code });
  });

  it("that is a stream, ended and reset in one packet, never ends", async () => {
    const { client, router } = await start((exchange) => {
      Object.assign(exchange, { streaming: true });
      exchange.response.resume();
      exchange.response.head(200, none);
    });
    client.socket.write(Buffer.concat([requestHead(1, 0, "/test/a"), data(1, "part")]));
    await until(() => router.last?.events.includes("data") === true);
    client.socket.write(Buffer.concat([data(1, "", endStream), reset(1, 8)]));
    await router.last.over;
    expect(router.last.events).toEqual(["data", "error", "closed"]);
  });

  it("that is a stream ends when no reset follows", async () => {
    const { client, router } = await start((exchange) => {
      Object.assign(exchange, { streaming: true });
      exchange.onEnd = () => exchange.response.respond(200, none);
      exchange.response.resume();
    });
    client.socket.write(Buffer.concat([requestHead(1, 0, "/test/a"), data(1, "all", endStream)]));
    await until(() => client.of(1).length > 0);
    await router.last.over;
    expect(router.last.events).toEqual(["data", "end", "closed"]);
  });

  it("given up after its end, while the response goes on, is told", async () => {
    const { client, router } = await start(({ response }) => {
      response.resume();
      response.head(200, none);
    });
    client.socket.write(requestHead(1, endStream, "/test/a"));
    await until(() => router.last?.events.includes("end") === true);
    client.socket.write(reset(1, 8));
    await router.last.over;
    expect(router.last.events).toEqual(["end", "error", "closed"]);
  });

  it("may have trailers, which are dropped", async () => {
    const { client, router } = await start((exchange) => {
      exchange.onEnd = () => exchange.response.respond(200, none);
      exchange.response.resume();
    });
    client.socket.write(Buffer.concat([requestHead(1, 0, "/test/a"), data(1, "hello"), trailers(1, field("x", "y"))]));
    await until(() => client.of(1).length > 0);
    expect(router.last.events.slice(0, 2)).toEqual(["data", "end"]);
  });

  it("tells its address, path and headers", async () => {
    const { client, router } = await start(({ response }) => response.respond(200, none));
    client.socket.write(requestHead(1, endStream, "/test/a?b=c", field("x-one", "1"), field("x-one", "2")));
    await until(() => router.exchanges.length === 1);
    const { request } = router.last;
    expect(request.path).toBe("/test/a?b=c");
    expect(request.url).toBe("http://localhost/test/a?b=c");
    expect(request.httpVersion).toBe("2");
    expect(request.headers.getAll("x-one")).toEqual(["1", "2"]);
    expect(request.address).toBe(`127.0.0.1:${client.socket.localPort}`);
    expect(request.tls).toBeUndefined();
  });
});
