import http2 from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { useCleanup } from "../../testing/node/cleanup.js";
import { echo, TestRouter } from "../../testing/node/echo-router.js";
import { serveRouter } from "../../testing/node/test-server.js";

const cleanup = useCleanup();

/** A client that keeps its connection, as Node's own does unless it is told to end. */
async function connected(router: TestRouter) {
  const server = await serveRouter(router);
  cleanup(() => server.close());
  const session = http2.connect(`http://127.0.0.1:${server.port}`);
  cleanup(() => session.destroy());
  const get = (): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ":path": "/test/echo" });
      stream.on("error", reject).on("response", (headers) => stream.on("close", () => resolve(headers[":status"])));
      stream.resume();
    });
  return { server, get };
}

describe("drain", () => {
  it("does not wait for HTTP/2 connections without calls", async () => {
    const { server, get } = await connected(new TestRouter());
    expect(await get()).toBe(200);
    const start = performance.now();
    expect(await server.drain({ graceMs: 60_000 })).toEqual({ finished: 0, cut: 0 });
    expect(performance.now() - start).toBeLessThan(30_000);
  });

  it("ends an HTTP/2 connection with its last call, whatever the client does", async () => {
    const router = new TestRouter((exchange) => void setTimeout(() => echo(exchange), 300));
    const { server, get } = await connected(router);
    const answered = get();
    while (router.exchanges.length === 0) await sleep(5);
    const start = performance.now();
    expect(await server.drain({ graceMs: 60_000 })).toEqual({ finished: 1, cut: 0 });
    expect(performance.now() - start).toBeLessThan(30_000);
    expect(await answered).toBe(200);
  });
});
