import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { ConnectError } from "@connect-ts/runtime";
import { createFetchTransport } from "@connect-ts/runtime/fetch";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type Browser, chromium, type Page } from "playwright-core";
import { createElizaServiceClient } from "../../../examples/eliza/src/gen/connectrpc/eliza/v1/eliza_connect.js";
import { buildEdgeDoor, buildNextApp, type NextApp, startNextApp } from "./next-app.js";

let browser: Browser;
let page: Page;
let app: NextApp;
let built: string;
let url: string;

beforeAll(async () => {
  built = buildNextApp();
  const executablePath = execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
  [app, browser] = await Promise.all([startNextApp(), chromium.launch({ executablePath, args: ["--no-sandbox"] })]);
  url = `http://127.0.0.1:${app.port}`;
}, 180_000);
afterAll(async () => {
  await browser.close();
  await app.stop();
});
beforeEach(async () => {
  page = await browser.newPage();
});
afterEach(() => page.close());

/** The text of what a selector finds, when it has one. */
async function textOf(selector: string, text: string | RegExp): Promise<string | null> {
  const found = page.locator(selector).filter({ hasText: text }).first();
  await found.waitFor({ timeout: 60_000 });
  return found.textContent();
}

/** Waits until the service of the example has so many streams open. */
async function streamsAre(expected: number): Promise<void> {
  const start = performance.now();
  for (;;) {
    const response = await fetch(`${url}/api/notes.v1.NotesService/ListNotes`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    const { streams = 0 } = (await response.json()) as { readonly streams?: number };
    if (streams === expected) return;
    if (performance.now() - start > 30_000) throw new Error(`${streams} streams are open, and not ${expected}`);
  }
}

describe("the example for Next.js in Chromium", () => {
  it("calls in a server component, in an action and from the page", async () => {
    await page.goto(url);
    await page.getByLabel("Note").fill("a first note");
    await page.getByRole("button").click();
    // A bigint that is no number, and bytes, as an action returned them.
    expect(await textOf("output", "bytes")).toBe("9007199254740993 has 32 bytes");
    expect(await textOf("#kept li", "a first note")).toBe("9007199254740993: a first note");
    expect(await textOf("#watched li", "a first note")).toBe("9007199254740993: a first note");
    const sha256 = createHash("sha256").update("a first note").digest("hex");
    expect(await page.locator("#kept li").getAttribute("title")).toBe(sha256);
  });

  it("shows what an action returns of an error", async () => {
    await page.goto(url);
    await page.getByLabel("Note").fill(" ");
    await page.getByRole("button").click();
    expect(await textOf("output", "text")).toBe("a note needs a text");
  });

  it("tells the service at once when the page of a stream is left", async () => {
    await page.goto(url);
    await streamsAre(1);
    await page.goto("about:blank");
    await streamsAre(0);
  });

  it("shows a stream of the server word by word, and ends it when the page is left", async () => {
    await page.goto(url);
    await page.getByRole("link").click();
    expect((await textOf("#words", "all all"))?.length).toBeLessThan(600);
    await streamsAre(1);
    await page.goto("about:blank");
    await streamsAre(0);
  });
});

describe("what goes over the boundary between server and client", () => {
  async function received(name: string): Promise<readonly string[]> {
    const response = await page.goto(`${url}/boundary?case=${encodeURIComponent(name)}`);
    if (response?.status() !== 200) return [`HTTP status ${response?.status()}`];
    await textOf("#received li", /./);
    return page.locator("#received li").allTextContents();
  }

  it("are messages of proto3, with bigint and bytes, both ways", async () => {
    const [came, back] = await received("note");
    expect(came).toMatch(/^notes\.v1\.Note 90071992547409\d\d 32 bytes$/);
    expect(back).toBe(`back: ${came}`);
  });

  it.each(["edition, protobuf-es", "edition, generated codec"])("is no message with a prototype: %s", async (name) => {
    expect(await received(name)).toEqual(["HTTP status 500"]);
    expect(app.printed()).toContain("Only plain objects, and a few built-ins, can be passed to Client Components");
  });

  it("are the bytes of any message", async () => {
    expect(await received("bytes")).toEqual([
      "explicit: over",
      "back: explicit: over",
      expect.stringContaining("an edition in an action: Error: Cannot access explicit on the server"),
    ]);
  });
});

describe.each(["/eliza", "/edge-eliza"])("a route handler at %s", (path) => {
  it("serves four kinds of RPCs, streams with small messages too", async () => {
    const eliza = createElizaServiceClient(createFetchTransport({ baseUrl: url + path, duplex: "full" }));
    expect((await eliza.say({ sentence: "Hello" })).sentence).toBe("Hello. What is on your mind?");
    const lines: string[] = [];
    for await (const { sentence } of eliza.introduce({ name: "Ada" })) lines.push(sentence);
    expect(lines.length).toBe(3);
    const requests = [{ sentence: "one" }, { sentence: "two" }];
    expect((await eliza.collect(requests)).sentences).toBe(2);
    let answers = 0;
    for await (const _answer of eliza.converse(requests)) answers++;
    expect(answers).toBe(2);
  });
});

describe("the edge runtime", () => {
  it("is built without a warning about this package", () => {
    expect(built).not.toMatch(/packages.runtime|not supported in the Edge Runtime/);
  });

  it("has no modules of Node, so the door for Node does not build", () => {
    expect(buildEdgeDoor()).toMatch(/Failed to load external module node:\w+: TypeError: Native module not found/);
  }, 180_000);

  it("has no gzip, and says so", async () => {
    const response = await fetch(`${url}/edge-eliza/connectrpc.eliza.v1.ElizaService/Say`, {
      method: "POST",
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
      body: gzipSync('{"sentence":"Hello"}'),
    });
    expect(await response.json()).toEqual({
      code: "unimplemented",
      message: 'unknown compression "gzip": supported are identity',
    });
  });
});

describe("a mistake in the wiring under Next.js", () => {
  it.each([
    [
      "a handler that does not know the path that it is below",
      "/no-prefix",
      '[unimplemented] no procedure is served at "/no-prefix/connectrpc.eliza.v1.ElizaService/Say": it is served at "/connectrpc.eliza.v1.ElizaService/Say", so correct the path in the client\'s baseUrl, or pathPrefix here',
    ],
    [
      "a path without a handler",
      "/nowhere",
      "[unimplemented] the server answered with HTTP status 404 for http://host/nowhere/connectrpc.eliza.v1.ElizaService/Say: is the service served there, and does baseUrl have the path that it is mounted below?",
    ],
    [
      "a body that was read first",
      "/read-first",
      "[internal] the request's body was already read: mount the RPC handler before whatever parses bodies",
    ],
    [
      "the handler for Node's servers",
      "/node-door",
      "[unknown] the server answered with HTTP status 500 for http://host/node-door/connectrpc.eliza.v1.ElizaService/Say",
    ],
  ])("is told of by the error: %s", async (_, path, text) => {
    const eliza = createElizaServiceClient(createFetchTransport({ baseUrl: url + path }));
    const error = await eliza.say({ sentence: "Hello" }).then(() => undefined, ConnectError.from);
    expect(error?.message.replace(url, "http://host")).toBe(text);
  });

  it("has the handler for Node's servers tell in the log what to take", () => {
    expect(app.printed()).toContain("hosts that pass a Request take fetchHandler of @connect-ts/runtime/fetch");
  });

  it.each([
    ["/cors", "Hello. What is on your mind?"],
    [
      "/no-options",
      "[unavailable] no response came: Failed to fetch (the page is of http://page: http://server is down, or does not allow that origin by CORS; the browser's console says which)",
    ],
    [
      "/eliza",
      "[unavailable] no response came: Failed to fetch (the page is of http://page: http://server is down, or does not allow that origin by CORS; the browser's console says which)",
    ],
  ])("from a page of another origin, at %s, is told: %s", async (path, text) => {
    await page.goto(`${url}/across#http://localhost:${app.port}${path}`);
    const told = await textOf("#told", /./);
    expect(told?.replace(url, "http://page").replace(`http://localhost:${app.port}`, "http://server")).toBe(text);
  });
});
