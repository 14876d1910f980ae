import net from "node:net";
import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../../http/header-map.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { sleep, until } from "../../testing/node/collector.js";
import { type Exchange, TestRouter } from "../../testing/node/echo-router.js";
import { listen, post, say, startHandler, Talk } from "../../testing/node/h1-talk.js";
import { routerListener } from "./node-handler.js";

const onCleanup = useCleanup();
const none = new HeaderMap();

describe("a response over HTTP/1.1", () => {
  it("that is whole has its length", async () => {
    const [, port] = await startHandler(onCleanup, ({ response }) => response.respond(200, none, Buffer.from("hello")));
    const { text } = await say(onCleanup, port, `${post}content-length: 0\r\n\r\n`);
    expect(text).toMatch(
      /^HTTP\/1\.1 200 OK\r\ncontent-length: 5\r\nDate: .*\r\nConnection: keep-alive\r\nKeep-Alive: .*\r\n\r\nhello$/,
    );
  });

  it("has each byte as it was", async () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
    for (const bytes of [all, all.subarray(200, 232)]) {
      const [, port] = await startHandler(onCleanup, ({ response }) => response.respond(200, none, bytes));
      const { text } = await say(onCleanup, port, `${post}content-length: 0\r\n\r\n`);
      expect(text.slice(text.indexOf("\r\n\r\n") + 4)).toBe(bytes.toString("latin1"));
    }
  });

  it.each([204, 304])("of status %i has no length", async (status) => {
    const [, port] = await startHandler(onCleanup, ({ response }) => response.respond(status, none));
    const { text } = await say(onCleanup, port, `${post}content-length: 0\r\n\r\n`);
    expect(text).not.toMatch(/content-length|transfer-encoding/i);
  });

  it("to HEAD has a length and no body", async () => {
    const [, port] = await startHandler(onCleanup, ({ response }) => response.respond(200, none, Buffer.from("hello")));
    const { text } = await say(onCleanup, port, "HEAD /test/a HTTP/1.1\r\nhost: a\r\n\r\n");
    expect(text).toContain("content-length: 5\r\n");
    expect(text).toMatch(/\r\n\r\n$/);
  });

  it("that is streamed is in chunks, its head goes at once, and trailers come last", async () => {
    const [router, port] = await startHandler(onCleanup, ({ response }) =>
      response.head(200, new HeaderMap([["a", "b"]])),
    );
    const said = say(onCleanup, port, `${post}content-length: 0\r\n\r\n`);
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
    const port = await listen(onCleanup, (request, response) => {
      response.setHeader("x-middleware", "yes");
      response.setHeader("x-over", "theirs");
      handler(request, response);
    });
    const { text } = await say(onCleanup, port, `${post}content-length: 0\r\n\r\n`);
    expect(text).toContain("x-middleware: yes\r\n");
    expect(text).toContain("x-a: 1\r\nx-a: 2\r\n");
    expect(text).toContain("x-over: ours\r\n");
    expect(text).not.toContain("theirs");
    expect(text).toContain("content-length: 1\r\n");
  });

  it("is followed by the next request of the connection", async () => {
    const [, port] = await startHandler(onCleanup, (exchange) => {
      exchange.onEnd = () => exchange.response.respond(200, none, Buffer.from("hello"));
      exchange.response.resume();
    });
    const one = `${post}content-length: 5\r\n\r\nhello`;
    const { text, closed } = await say(onCleanup, port, one + one + one, 300);
    expect(text.split("HTTP/1.1 200 OK")).toHaveLength(4);
    expect(closed).toBe(false);
  });

  it("before the end of the request closes the connection", async () => {
    const [router, port] = await startHandler(onCleanup, ({ response }) =>
      response.respond(200, none, Buffer.from("no")),
    );
    const { text, closed } = await say(onCleanup, port, `${post}content-length: 100\r\n\r\nhalf`, 5_000);
    expect(text).toMatch(/connection: close\r\n[\s\S]*\r\n\r\nno$/i);
    expect(closed).toBe(true);
    await router.last.over;
    expect(router.last.events).toEqual(["closed"]);
  });

  it("before the end of the request reads at most 64 KiB more of it", async () => {
    const [, port] = await startHandler(onCleanup, ({ response }) => response.respond(200, none, Buffer.from("no")));
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
    const [, port] = await startHandler(onCleanup, ({ response }) =>
      response.respond(200, none, Buffer.alloc(500_000, "a")),
    );
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
      const [router, port] = await startHandler(onCleanup, early());
      const talk = new Talk(onCleanup, port);
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
      const [router, port] = await startHandler(onCleanup, early());
      const { closed } = await say(onCleanup, port, `${post}content-length: 100\r\n\r\nhalf`, 3_000);
      expect(closed).toBe(true);
      await router.last.over;
    });
  });

  it("broken off destroys the connection", async () => {
    const [router, port] = await startHandler(onCleanup, ({ response }) => {
      response.head(200, none);
      response.write(Buffer.from("half"));
      setTimeout(() => response.reset(2), 20);
    });
    const { text, closed } = await say(onCleanup, port, `${post}content-length: 0\r\n\r\n`, 5_000);
    expect(closed).toBe(true);
    expect(text).toContain("half");
    expect(text).not.toContain("0\r\n\r\n");
    await router.last.over;
    expect(router.last.events).toEqual(["closed"]);
  });
});
