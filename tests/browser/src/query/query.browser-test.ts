import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { type Server, serve } from "@connect-ts/runtime/node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type Browser, chromium, type Page } from "playwright-core";
import { until } from "../../../behaviour/helpers.js";
import { rendered } from "./render.js";
import { handlers, seen, step } from "./services.js";

const script = readFileSync(new URL("../../.cache/query/page.js", import.meta.url));

let browser: Browser;
let page: Page;
let server: Server;
/** What the browser complains of. */
let complaints: string[];

async function open(path: string, body = '<div id="root"></div>'): Promise<void> {
  server = await serve({
    handlers,
    host: "127.0.0.1",
    fallback(request, response) {
      if (request.url === "/query.js") response.setHeader("content-type", "text/javascript").end(script);
      else
        response
          .setHeader("content-type", "text/html")
          .end(`<!doctype html><link rel="icon" href="data:,">${body}<script type="module" src="/query.js"></script>`);
    },
  });
  await page.goto(`${server.url}${path}`);
}

const button = (name: string): Promise<void> => page.getByRole("button", { name }).click();
const lines = (): Promise<string[]> => page.locator("section p").allTextContents();
const shows = async (expected: readonly string[]): Promise<void> => {
  await page.waitForFunction(
    (wanted) => [...document.querySelectorAll("section p")].map((p) => p.textContent).join() === wanted,
    expected.join(),
  );
};

beforeAll(async () => {
  const executablePath = execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});
afterAll(() => browser.close());
beforeEach(async () => {
  seen.calls.length = 0;
  seen.ended.length = 0;
  complaints = [];
  page = await browser.newPage();
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
});
afterEach(async () => {
  await page.close();
  // What a stream says at its end is not for the next test.
  await until(() => seen.ended.length === seen.calls.filter((call) => call.startsWith("introduce")).length);
  await server.close();
  expect(complaints).toEqual([]);
});

describe("React", () => {
  it("shows an answer, and asks again after a mutation", async () => {
    await open("/?strict"); // mounts twice
    await page.getByText("You said hello").waitFor();
    const before = seen.calls.filter((call) => call === "say hello").length;
    await button("Ask");
    await until(() => seen.calls.filter((call) => call === "say hello").length > before);
    expect(seen.calls).toContain("say asked");
  });

  it("shows a stream line by line; unmount cancels it, and the server sees it", async () => {
    await open("/");
    await step();
    await shows(["Ada, line 1"]);
    await step();
    await shows(["Ada, line 1", "Ada, line 2"]);
    await page.locator("section[aria-busy=true]").waitFor();
    await button("Toggle");
    await until(() => seen.ended.length === 1);
    expect(seen.ended).toEqual(["canceled"]);
    await button("Toggle");
    await step();
    await shows(["Ada, line 1"]);
    await step(true);
    await page.locator("section[aria-busy=false]").waitFor();
    await button("Again");
    await step();
    await step();
    await shows(["Ada, line 1", "Ada, line 2"]);
    await step(true);
  });

  it("shows pages whose parameter is a bigint", async () => {
    await open("/");
    await page.getByText("9007199254740993 255").waitFor();
    await button("More");
    await page.getByText("9007199254740993 255, 9007199254740994 255").waitFor();
  });

  it("takes over what the server has rendered without a call", async () => {
    const body = await rendered();
    expect(body).toContain("You said hello");
    seen.calls.length = 0;
    seen.ended.length = 0;
    await open("/", body);
    await button("More");
    await page.getByText("9007199254740993 255, 9007199254740994 255").waitFor();
    expect(await lines()).toEqual(["Ada, line 1", "Ada, line 2"]);
    expect(seen.calls).toEqual(["ping 9007199254740994"]);
  });
});

describe("Vue", () => {
  it("shows an answer and a stream; another name begins another, unmount cancels it", async () => {
    await open("/?vue");
    await page.getByText("You said Ada").waitFor();
    await step();
    await shows(["Ada, line 1"]);
    await page.locator("input").fill("Bob");
    await page.locator("input").blur();
    await page.getByText("You said Bob").waitFor();
    await until(() => seen.ended.length === 1 && seen.calls.includes("introduce Bob"));
    await step();
    await step();
    await shows(["Bob, line 1", "Bob, line 2"]);
    await page.evaluate(() => (globalThis as unknown as { unmount(): void }).unmount());
    await until(() => seen.ended.length === 2);
    expect(seen.ended).toEqual(["canceled", "canceled"]);
  });
});
