import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fakeService } from "@connect-ts/runtime/in-process";
import { cors, type ServeOptions, type Server, serve } from "@connect-ts/runtime/node";
import { routeFakes } from "@connect-ts/testing/playwright";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type Browser, chromium, type Page } from "playwright-core";
import { observed, pingService } from "../../behaviour/ping-service.js";
import { createPingServiceHandler } from "../../gen/src/ping/v1/ping_connect.js";
import { expected, stepwise } from "../../runners/src/checks.js";
import type { page as functions } from "./fakes-page.js";

type Functions = typeof functions;

const script = readFileSync(new URL("../.cache/fakes-page.js", import.meta.url));
const worker = readFileSync(createRequire(import.meta.url).resolve("msw/mockServiceWorker.js"));
const ways = ["Connect, binary", "Connect, JSON", "Connect, with GET", "gRPC-Web, binary", "gRPC-Web, JSON"];
const streaming = ["Connect, JSON", "gRPC-Web, binary"];
const all = createPingServiceHandler(pingService(observed()));

let browser: Browser;
let page: Page;
/** Gives the page, and has no services. */
let own: Server;
let origin: string;

function start(options: Partial<ServeOptions> = {}): Promise<Server> {
  return serve({ handlers: createPingServiceHandler(pingService(observed())), host: "127.0.0.1", ...options });
}

/** Runs a function of the page. */
function run<Name extends keyof Functions>(
  name: Name,
  ...args: Parameters<Functions[Name]>
): Promise<Awaited<ReturnType<Functions[Name]>>> {
  const call = ([name, args]: readonly [string, readonly unknown[]]): unknown =>
    (globalThis as unknown as { page: { [name: string]: (...args: readonly unknown[]) => unknown } }).page[name]?.(
      ...args,
    );
  return page.evaluate(call, [name, args] as const) as Promise<Awaited<ReturnType<Functions[Name]>>>;
}

const slow = fakeService(createPingServiceHandler, stepwise());

beforeAll(async () => {
  const executablePath = execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  own = await start({
    handlers: [],
    fallback(request, response) {
      const js = { "/page.js": script, "/mockServiceWorker.js": worker }[request.url ?? ""];
      if (js !== undefined) response.setHeader("content-type", "text/javascript").end(js);
      else response.setHeader("content-type", "text/html").end("<!doctype html><script src=/page.js></script>");
    },
  });
  origin = `http://localhost:${own.port}`;
});
afterAll(async () => {
  await browser.close();
  await own.close();
});
beforeEach(async () => {
  page = await (await browser.newContext()).newPage();
  await page.goto(origin);
});
afterEach(() => page.context().close());

describe("MSW's worker in Chromium", () => {
  it.each(["/", "https://api.example.com/v1"])("answers by fakes, in every form, calls to %s", async (baseUrl) => {
    await run("mock", "all");
    for (const way of ways) expect([way, await run("outcomes", way, baseUrl)]).toEqual([way, expected]);
  });

  it("gives messages of a stream as they come", async () => {
    await run("mock", "slow");
    for (const way of streaming) expect([way, await run("steps", way, "/")]).toEqual([way, 3]);
  });

  it("leaves RPCs without a fake to the network", async () => {
    const server = await start({ cors: cors({ origin: [origin] }) });
    await run("mock", "one");
    expect(await run("pair", `http://localhost:${server.port}`)).toEqual(["fake", "not_found"]);
    await server.close();
  });
});

describe("Playwright's page.route in Chromium", () => {
  it.each(["/", "https://api.example.com/v1"])("answers by fakes, in every form, calls to %s", async (baseUrl) => {
    // #region playwright
    await routeFakes(page, all, { baseUrl });
    // #endregion
    for (const way of ways) expect([way, await run("outcomes", way, baseUrl)]).toEqual([way, expected]);
  });

  it("gives a stream when it has ended, or as it comes from a server", async () => {
    await routeFakes(page, slow, { baseUrl: "/whole" });
    expect(await run("steps", "Connect, JSON", "/whole", 1_000)).toBe(0);
    // #region streams
    const server = await serve({ handlers: slow, cors: cors({ origin: [origin] }) });
    await routeFakes(page, slow, { streamsAt: server.url });
    // #endregion
    for (const way of streaming) expect([way, await run("steps", way, "/")]).toEqual([way, 3]);
    expect(await run("steps", "Connect, JSON", "http://api.example.com/v1")).toBe(3);
    await server.close();
  });

  it("leaves RPCs without a fake to the network, and other servers alone", async () => {
    const server = await start({ cors: cors({ origin: [origin] }) });
    const url = `http://localhost:${server.port}`;
    const one = fakeService(createPingServiceHandler, { ping: () => ({ text: "fake" }) }, "absent");
    await routeFakes(page, one, { baseUrl: "https://api.example.com" });
    expect(await run("pair", url)).toEqual(["real", "not_found"]);
    await routeFakes(page.context(), one, { baseUrl: url });
    expect(await run("pair", url)).toEqual(["fake", "not_found"]);
    await server.close();
  });
});
