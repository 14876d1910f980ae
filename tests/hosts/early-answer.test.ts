import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { createNodeTransport } from "@connect-ts/runtime/node";
import { serve as serveHono } from "@hono/node-server";
import { afterEach, describe, expect, it } from "@jest/globals";
import { H3, serve as serveH3 } from "h3";
import { Hono } from "hono";
import { until } from "../behaviour/helpers.js";
import { pingService } from "../behaviour/ping-service.js";
import { createPingServiceClient, createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Ends the streams that are open. */
const ends: (() => void)[] = [];
const service = createPingServiceHandler({
  ...pingService(),
  async *cumSum() {
    yield { sum: 1n };
    await new Promise<void>((resolve) => ends.push(resolve));
  },
});
const handler = fetchHandler([service], { readMaxBytes: 1000 });

async function inHono(): Promise<number> {
  const app = new Hono();
  app.mount("/", handler);
  const server = serveHono({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }) as net.Server;
  closing.push(() => server.close());
  await once(server, "listening");
  return (server.address() as net.AddressInfo).port;
}

async function inH3(): Promise<number> {
  const app = new H3();
  app.all("/**", (event) => handler(event.req));
  const server = serveH3(app, { port: 0, hostname: "127.0.0.1", silent: true, gracefulShutdown: false });
  await server.ready();
  closing.push(() => server.close(true));
  return Number(new URL(server.url as string).port);
}

/** A client without an engine of its own: it sends all of a request, whatever comes meanwhile. */
class Talk {
  readonly socket: net.Socket;
  text = "";
  closed = false;

  constructor(port: number) {
    this.socket = net.connect(port, "127.0.0.1");
    this.socket.on("data", (chunk) => {
      this.text += chunk.toString();
    });
    this.socket.on("error", () => undefined);
    this.socket.on("close", () => {
      this.closed = true;
    });
    closing.push(() => this.socket.destroy());
  }

  ping(size: number): void {
    this.post("Ping", "application/json", JSON.stringify({ text: "x".repeat(size) }));
  }

  post(method: string, type: string, body: string): void {
    this.socket.write(
      `POST /ping.v1.PingService/${method} HTTP/1.1\r\nhost: a\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
  }

  /** The head of a request and so much of its body, which does not end. */
  chunks(size: number): void {
    this.socket.write(
      `POST /ping.v1.PingService/Ping HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${size.toString(16)}\r\n${" ".repeat(size)}\r\n`,
    );
  }

  /** The status of the answer with this number, and whether it is the connection's last; "none" when the connection ends before, or after 20 seconds. */
  async answer(number: number): Promise<string> {
    const end = performance.now() + 20_000;
    for (;;) {
      const answer = this.text.split(/(?=HTTP\/1\.1 )/)[number];
      if (answer?.includes("\r\n\r\n") === true) {
        return `${answer.slice(9, 12)}${/^connection: close\r$/im.test(answer) ? ", the last" : ""}`;
      }
      if (this.closed || performance.now() > end) return "none";
      await new Promise<void>((resolve) => setTimeout(resolve, 2));
    }
  }
}

/**
 * The answers to what `send` sends, and to the ping behind it, on one connection. Hono gives the rest of a request half a second,
 * which a machine that stands still has not: then it is sent again.
 */
async function answersOf(
  start: () => Promise<number>,
  send: (talk: Talk) => void,
  end: (talk: Talk) => unknown,
): Promise<[string, string]> {
  for (let sent = 1; ; sent++) {
    const talk = new Talk(await start());
    send(talk);
    const first = await talk.answer(0);
    await end(talk);
    talk.ping(5);
    const second = await talk.answer(1);
    if (second !== "none" || sent === 4) return [first, second];
  }
}

const hosts = [
  ["Hono on Node", inHono],
  ["h3", inH3],
] as const;

describe.each(hosts)("a request that is too large, under %s,", (_host, start) => {
  it.each([50_000, 8_000_000])("leaves the connection to the next one when it has %d bytes", async (size) => {
    const answers = await answersOf(
      start,
      (talk) => talk.ping(size),
      () => undefined,
    );
    expect(answers).toEqual(["429", "200"]);
  });

  it.each([50_000, 8_000_000])("does so when its length of %d bytes is not known", async (size) => {
    const answers = await answersOf(
      start,
      (talk) => talk.chunks(size),
      (talk) => talk.socket.write("0\r\n\r\n"),
    );
    expect(answers).toEqual(["429", "200"]);
  });

  it("ends the connection, and says so, when its rest is large", async () => {
    const talk = new Talk(await start());
    talk.ping(20_000_000);
    expect(await talk.answer(0)).toBe("429, the last");
    while (!talk.closed) await new Promise<void>((resolve) => setTimeout(resolve, 2));
  });

  it("does not hold up the next call of our client, which has one connection", async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const transport = createNodeTransport({ baseUrl: `http://127.0.0.1:${await start()}`, agent });
    closing.push(() => agent.destroy());
    const ping = createPingServiceClient(transport);
    for (const size of [2000, 8_000_000, 2000]) {
      await expect(ping.ping({ text: "x".repeat(size) })).rejects.toMatchObject({ code: "resource_exhausted" });
      expect((await ping.ping({ text: "hi" }, { timeoutMs: 5000 })).text).toBe("hi");
    }
  });
});

it.each(hosts)(
  "a stream that ends before its request leaves the connection to the next call, under %s",
  async (_host, start) => {
    const answers = await answersOf(
      start,
      (talk) => talk.post("CumSum", "application/connect+proto", "\0".repeat(8_000_000)),
      async () => {
        await until(() => ends.length > 0);
        ends.pop()?.();
      },
    );
    expect(answers).toEqual(["200", "200"]);
  },
);
