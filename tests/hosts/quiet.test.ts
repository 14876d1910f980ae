import { once } from "node:events";
import { Agent, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createFetchTransport, fetchHandler } from "@connect-ts/runtime/fetch";
import { createNodeTransport } from "@connect-ts/runtime/node";
import { serve as serveHono } from "@hono/node-server";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { H3, serve as serveH3 } from "h3";
import { Hono } from "hono";
import { pingService } from "../behaviour/ping-service.js";
import { createPingServiceClient, createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  jest.restoreAllMocks();
  for (const close of closing.splice(0)) await close();
});

const handler = fetchHandler([createPingServiceHandler(pingService())]);

async function inHono(): Promise<string> {
  const app = new Hono();
  app.mount("/", handler);
  const server = serveHono({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }) as Server;
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function inH3(): Promise<string> {
  const app = new H3();
  app.all("/**", (event) => handler(event.req));
  const server = serveH3(app, { port: 0, hostname: "127.0.0.1", silent: true, gracefulShutdown: false });
  await server.ready();
  closing.push(() => server.close(true));
  return (server.url as string).replace(/\/$/, "");
}

describe.each([
  ["Hono on Node", inHono],
  ["h3", inH3],
])("under %s", (_host, start) => {
  it.each([
    ["HTTP/1.1", (baseUrl: string, agent: Agent) => createNodeTransport({ baseUrl, agent })],
    ["fetch", (baseUrl: string) => createFetchTransport({ baseUrl })],
  ])(
    "nothing is printed when clients over %s cancel calls, leave streams and reach deadlines",
    async (_client, transport) => {
      const printed = [
        jest.spyOn(console, "error").mockReturnValue(),
        jest.spyOn(console, "info").mockReturnValue(),
        jest.spyOn(process.stderr, "write").mockReturnValue(true),
      ];
      const agent = new Agent();
      closing.push(() => agent.destroy());
      const ping = createPingServiceClient(transport(await start(), agent));
      for (let i = 0; i < 10; i++) {
        const signal = AbortSignal.timeout(5);
        await expect(ping.ping({ delayMs: 10_000 }, { signal })).rejects.toThrow();
        await expect(ping.ping({ delayMs: 10_000 }, { timeoutMs: 5 })).rejects.toThrow();
        for await (const { number } of ping.countUp({ number: 100_000n })) if (number === 2n) break;
      }
      await new Promise<void>((resolve) => setTimeout(resolve, 50));
      expect(printed.flatMap(({ mock }) => mock.calls as unknown[])).toEqual([]);
    },
  );
});
