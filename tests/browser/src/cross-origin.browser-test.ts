import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cors, type ServeOptions, type Server, serve } from "@connect-ts/runtime/node";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Browser, chromium, type Page } from "playwright-core";
import { observed, pingService } from "../../behaviour/ping-service.js";
import { createPingServiceHandler } from "../../gen/src/ping/v1/ping_connect.js";
import type { page as functions, Way } from "./debugging-page.js";

const script = readFileSync(new URL("../.cache/debugging-page.js", import.meta.url));
const ways: readonly Way[] = ["connect", "gRPC-Web", "stream", "createFetchRpc"];

let browser: Browser;
let page: Page;
let own: Server;
const told: string[] = [];

function start(options: Partial<ServeOptions> = {}): Promise<Server> {
  return serve({ handlers: createPingServiceHandler(pingService(observed())), host: "127.0.0.1", ...options });
}

function fail(way: Way, baseUrl: string): ReturnType<typeof functions.fail> {
  told.length = 0;
  return page.evaluate(
    ([way, baseUrl]) => (globalThis as unknown as { page: typeof functions }).page.fail(way as Way, baseUrl as string),
    [way, baseUrl],
  );
}

beforeAll(async () => {
  const executablePath = execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  own = await start({
    fallback(request, response) {
      if (request.url === "/page.js") response.setHeader("content-type", "text/javascript").end(script);
      else response.setHeader("content-type", "text/html").end("<!doctype html><script src=/page.js></script>");
    },
  });
  page = await browser.newPage();
  page.on("console", (message) => told.push(message.text()));
  await page.goto(`http://localhost:${own.port}/`);
});
afterAll(async () => {
  await browser.close();
  await own.close();
});

describe.each(ways)("a page whose call by %s goes to another origin", (way) => {
  it("is told that the server may not allow it by CORS, or may be down", async () => {
    const other = await start();
    const url = `http://localhost:${other.port}`;
    const { code, text } = await fail(way, url);
    expect(code).toBe("unavailable");
    expect(text).toContain(
      `Failed to fetch (the page is of http://localhost:${own.port}: ${url} is down, or does not allow that origin by CORS`,
    );
    const console = told.join("\n");
    // The browser says what it is, we say which call it was.
    expect(console).toMatch(/blocked by CORS policy/);
    expect(console).toMatch(/ConnectError: \[unavailable\][^\n]*CORS/);
    expect(console).toMatch(/at a call of \/ping\.v1\.PingService\/(Ping|CountUp)\n?/);
    await other.close();
    expect((await fail(way, url)).text).toBe(text);
    expect(told.join("\n")).toMatch(/net::ERR_CONNECTION_REFUSED/);
  });

  it("is served where the server allows it", async () => {
    const other = await start({ cors: cors({ origin: [`http://localhost:${own.port}`] }) });
    expect(await fail(way, `http://localhost:${other.port}`)).toEqual({ code: "ok", text: "" });
    await other.close();
  });
});
