import http2 from "node:http2";
import net, { type Socket } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../../http/header-map.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { sleep, until } from "../../testing/node/collector.js";
import { echo, TestRouter } from "../../testing/node/echo-router.js";
import { endStream, preface, requestHead, settings, wireClient } from "../../testing/node/h2-wire.js";
import { serveRouter } from "../../testing/node/test-server.js";
import type { ServeOptions } from "./options.js";

const onCleanup = useCleanup();

interface Raw {
  readonly socket: Socket;
  text(): string;
  closed(): boolean;
}

async function connect(port: number): Promise<Raw> {
  const socket = net.connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  let text = "";
  let closed = false;
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  socket.on("end", () => {
    closed = true;
  });
  socket.on("close", () => {
    closed = true;
  });
  onCleanup(() => socket.destroy());
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  return { socket, text: () => text, closed: () => closed };
}

async function start(options: Partial<ServeOptions> = {}, router: TestRouter = new TestRouter()): Promise<number> {
  const server = await serveRouter(router, options);
  onCleanup(() => server.close());
  return server.port;
}

const request = "POST /test/a HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi";

describe("one port", () => {
  it("takes an HTTP/1.1 request that comes byte by byte", async () => {
    const raw = await connect(await start());
    for (const byte of request) {
      raw.socket.write(byte);
      await sleep(0);
    }
    await until(() => raw.text().endsWith("hi\r\n0\r\nx-trailer: last\r\n\r\n"));
    expect(raw.text()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  it("takes an HTTP/2 preface that comes byte by byte", async () => {
    const port = await start({}, new TestRouter(({ response }) => response.respond(200, new HeaderMap())));
    const raw = await connect(port);
    for (const byte of preface) {
      raw.socket.write(byte);
      await sleep(0);
    }
    raw.socket.write(Buffer.concat([settings(), requestHead(1, endStream, "/test/a")]));
    // SETTINGS, its acknowledgement, and the response's HEADERS on stream 1
    await until(() => raw.text().includes("\x01\x05\x00\x00\x00\x01"));
  });

  it("takes methods that begin as the preface does", async () => {
    const raw = await connect(await start());
    raw.socket.write("PROPFIND /elsewhere HTTP/1.1\r\nhost: a\r\n\r\n");
    await until(() => raw.text().includes("not found"));
    expect(raw.text()).toMatch(/^HTTP\/1\.1 404 /);
  });

  it("takes many requests on a connection, of both versions at a time", async () => {
    const port = await start();
    const raw = await connect(port);
    raw.socket.write(request + request + request);
    const session = http2.connect(`http://127.0.0.1:${port}`);
    onCleanup(() => session.destroy());
    const stream = session.request({ ":method": "POST", ":path": "/test/a" });
    stream.end("two");
    let text = "";
    stream.on("data", (chunk) => {
      text += chunk;
    });
    await until(() => text === "two");
    await until(() => raw.text().split("HTTP/1.1 200 OK").length === 4);
  });

  it("answers nonsense with 400 and closes", async () => {
    const raw = await connect(await start());
    raw.socket.write("\x16\x03\x01\x02\x00\x01nonsense\r\n\r\n");
    await until(raw.closed);
    expect(raw.text()).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe("a slow client is closed", () => {
  it.each([
    ["that says nothing", ""],
    ["that says half a preface", "PR"],
    ["that does not end its HTTP/1.1 headers", "POST /test/a HTTP/1.1\r\nhost: a\r\n"],
  ])("%s", async (_name, said) => {
    const raw = await connect(await start({ headersTimeoutMs: 60 }));
    if (said !== "") raw.socket.write(said);
    await until(raw.closed);
  });

  it("that drips its headers", async () => {
    const raw = await connect(await start({ headersTimeoutMs: 100 }));
    raw.socket.write("POST /test/a HTTP/1.1\r\n");
    const timer = setInterval(() => raw.socket.write("x-a: 1\r\n"), 10);
    onCleanup(() => clearInterval(timer));
    await until(raw.closed);
  });

  it("that sends HTTP/2's preface and no SETTINGS", async () => {
    const raw = await connect(await start({ settingsTimeoutMs: 60 }));
    raw.socket.write(preface);
    await until(raw.closed);
  });

  it("that has an idle HTTP/1.1 connection", async () => {
    const raw = await connect(await start({ idleTimeoutMs: 60 }));
    raw.socket.write(request);
    await until(() => raw.text().includes("x-trailer"));
    // Node 20 counts one second more than it is told.
    await until(raw.closed);
  });

  it("that has an idle HTTP/2 connection", async () => {
    const client = await wireClient(await start({ idleTimeoutMs: 60 }));
    onCleanup(() => client.socket.destroy());
    await client.closed;
  });

  it("that does not read what HTTP/1.1 answers", async () => {
    const router = new TestRouter((exchange) => {
      exchange.onDrain = () => {
        while (exchange.response.write(Buffer.alloc(1_000_000)));
      };
      exchange.response.head(200, new HeaderMap());
      exchange.onDrain();
    });
    const port = await start({ stalledWriterTimeoutMs: 100 }, router);
    const raw = await connect(port);
    raw.socket.pause();
    raw.socket.write(request);
    await until(() => router.exchanges.length === 1);
    await router.last.over;
    expect(router.last.events).toEqual(["error", "closed"]);
  });
});

describe("the limits of headers", () => {
  it.each([
    [127, 200],
    [128, 200],
    [129, 431],
  ])("%i fields on HTTP/1.1 are answered with %i", async (count, status) => {
    const raw = await connect(await start({}, new TestRouter(echo)));
    const fields = Array.from({ length: count - 2 }, (_, i) => `f-${i}: 1\r\n`).join("");
    raw.socket.write(`POST /test/a HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n${fields}\r\n`);
    await until(() => raw.text().includes("\r\n\r\n"));
    expect(raw.text()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it("bytes on HTTP/1.1 are answered with 431", async () => {
    const raw = await connect(await start());
    raw.socket.write(`POST /test/a HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(17_000)}\r\n\r\n`);
    await until(raw.closed);
    expect(raw.text()).toMatch(/^HTTP\/1\.1 431 /);
  });

  it.each([
    ["fields", { maxHeaderPairs: 10 }, Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f-${i}`, "1"]))],
    ["bytes", {}, { big: "y".repeat(20_000) }],
  ])("too many %s on HTTP/2 are a reset with ENHANCE_YOUR_CALM", async (_name, options, headers) => {
    const router = new TestRouter();
    const session = http2.connect(`http://127.0.0.1:${await start(options, router)}`);
    onCleanup(() => session.destroy());
    session.on("error", () => {});
    const stream = session.request({ ":method": "POST", ":path": "/test/a", ...headers });
    stream.on("error", () => {});
    stream.end();
    await new Promise<void>((resolve) => stream.once("close", () => resolve()));
    expect(stream.rstCode).toBe(11);
    expect(router.exchanges).toHaveLength(0);
  });
});
