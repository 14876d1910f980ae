import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { type Server, serve } from "@connect-ts/runtime/node";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { type Browser, type CDPSession, chromium, type Page } from "playwright-core";
import { until } from "../../behaviour/helpers.js";
import { observed, pingService } from "../../behaviour/ping-service.js";
import { createPingServiceHandler } from "../../gen/src/ping/v1/ping_connect.js";
import type { page as functions } from "./debugging-page.js";

const script = readFileSync(new URL("../.cache/debugging-page.js", import.meta.url));

let browser: Browser;
let page: Page;
let server: Server;

beforeAll(async () => {
  const executablePath = execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  server = await serve({
    handlers: createPingServiceHandler(pingService(observed())),
    host: "127.0.0.1",
    fallback(request, response) {
      if (request.url === "/page.js") response.setHeader("content-type", "text/javascript").end(script);
      else response.setHeader("content-type", "text/html").end("<!doctype html><script src=/page.js></script>");
    },
  });
  page = await browser.newPage();
  await page.goto(`http://localhost:${server.port}/`);
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

/** A request, as the network panel gets it. */
interface Shown {
  name: string;
  request?: string | undefined;
  type?: string;
  status?: number;
  body?: string;
  isBinary?: boolean;
}

async function watchNetwork(session: CDPSession): Promise<Map<string, Shown>> {
  const shown = new Map<string, Shown>();
  await session.send("Network.enable");
  session.on("Network.requestWillBeSent", ({ requestId, request }) => {
    const path = new URL(request.url).pathname;
    if (request.url.endsWith(".js")) return;
    shown.set(requestId, { name: path.slice(path.lastIndexOf("/") + 1), request: request.postData });
  });
  session.on("Network.responseReceived", ({ requestId, response }) => {
    Object.assign(shown.get(requestId) ?? {}, { type: response.mimeType, status: response.status });
  });
  session.on("Network.loadingFinished", ({ requestId }) => {
    session.send("Network.getResponseBody", { requestId }).then(
      ({ body, base64Encoded }) => Object.assign(shown.get(requestId) ?? {}, { body, isBinary: base64Encoded }),
      () => undefined,
    );
  });
  return shown;
}

it("calls in JSON are read in the network panel, by the names of their methods, and measured", async () => {
  const shown = await watchNetwork(await page.context().newCDPSession(page));
  const measures = await page.evaluate(() => (globalThis as unknown as { page: typeof functions }).page.measured());
  await until(() => shown.size === 4 && [...shown.values()].every(({ body }) => body !== undefined));
  const hello = { name: "Ping", type: "application/json", status: 200, body: '{"text":"hello"}', isBinary: false };
  expect([...shown.values()]).toEqual([
    { ...hello, request: '{"text":"hello"}' },
    hello,
    {
      name: "Fail",
      request: '{"code":5,"message":"no such thing"}',
      type: "application/json",
      status: 404,
      body: '{"code":"not_found","message":"no such thing"}',
      isBinary: false,
    },
    // Five bytes are before each message of a stream: flags and length.
    {
      name: "CountUp",
      request: '\0\0\0\0\x0e{"number":"2"}',
      type: "application/connect+json",
      status: 200,
      body: '\0\0\0\0\x0e{"number":"1"}\0\0\0\0\x0e{"number":"2"}\x02\0\0\0\x02{}',
      isBinary: false,
    },
  ]);

  expect(measures.map(({ name, detail }) => [name, detail.code, detail.responseMessages])).toEqual([
    ["connect-ts:/ping.v1.PingService/Ping", "ok", 1],
    ["connect-ts:/ping.v1.PingService/Ping", "ok", 1],
    ["connect-ts:/ping.v1.PingService/Fail", "not_found", 0],
    ["connect-ts:/ping.v1.PingService/CountUp", "ok", 2],
  ]);
  for (const { duration, detail } of measures) {
    expect(Math.abs(duration - detail.milliseconds)).toBeLessThan(0.2);
    expect(detail.devtools).toMatchObject({ dataType: "track-entry", track: "connect-ts" });
  }
  expect(await page.evaluate(() => (globalThis as unknown as { page: typeof functions }).page.kept())).toBe(1);
});
