// What the tests of the example page share: the page on one origin, its service on another, and a browser.
import { execFileSync } from "node:child_process";
import type { Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { Call } from "@connect-ts/runtime";
import type { Server } from "@connect-ts/runtime/node";
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from "playwright-core";
import { type ChatServerOptions, serveChat, servePage } from "../../../../examples/web/src/server/start.js";

/** The page, opened, and what is behind it. */
export interface Opened {
  readonly page: Page;
  /** The calls that the server took. */
  readonly calls: readonly Call[];
  /** Ends the server of the service. */
  stop(): Promise<void>;
  /** Starts another one at its address. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const folder = fileURLToPath(new URL("../../../../examples/web/dist/page", import.meta.url));

export function launch(): Promise<Browser> {
  const executablePath = execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

export async function open(
  browser: Browser,
  options: Partial<ChatServerOptions> = {},
  screen: BrowserContextOptions = {},
): Promise<Opened> {
  let origin = "";
  const calls: Call[] = [];
  const start = (port: number): Promise<Server> =>
    serveChat({
      origin: (from) => from === origin,
      port,
      wordMs: 15,
      interceptors: [
        (call, next) => {
          calls.push(call);
          return next();
        },
      ],
      ...options,
    });
  let server = await start(0);
  const { port } = server;
  const pages: HttpServer = await servePage(folder, `http://localhost:${port}`);
  origin = `http://localhost:${(pages.address() as AddressInfo).port}`;
  const context = await browser.newContext(screen);
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const problems: string[] = [];
  page.on("pageerror", ({ message }) => problems.push(message));
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) problems.push(message.text());
  });
  await page.goto(origin);
  await page.getByRole("heading").waitFor();
  return {
    page,
    calls,
    stop: () => server.close(),
    async restart() {
      server = await start(port);
    },
    async close() {
      await context.close();
      pages.close();
      pages.closeAllConnections();
      await server.close();
      if (problems.length > 0) throw new Error(`the page said: ${problems.join("\n")}`);
    },
  };
}

/** Begins a conversation; to this topic the answer is short. */
export async function signIn(page: Page, topic = "Goodbye"): Promise<void> {
  await page.getByLabel("Your name").fill("Ada");
  await page.getByLabel("What would you like to talk about?").fill(topic);
  await page.getByRole("button", { name: "Begin" }).click();
  await answered(page, 1);
}

/** Says a sentence. */
export async function say(page: Page, sentence: string): Promise<void> {
  const field = page.getByLabel("Say something to Eliza");
  await field.fill(sentence);
  await field.press("Enter");
}

/** Waits until so many answers are whole. */
export async function answered(page: Page, count: number): Promise<void> {
  await page
    .locator('.answer[aria-busy="false"]')
    .nth(count - 1)
    .waitFor();
}

/** The rows of what the server saw, the last first: `"Ask ok grpc-web, json"`. */
export async function rows(page: Page): Promise<string[]> {
  return page
    .locator(".call")
    .evaluateAll((rows) =>
      rows.map((row) =>
        ["method", "status", "how"].map((part) => row.querySelector(`.call-${part}`)?.textContent).join(" "),
      ),
    );
}

export async function textOf(locator: Locator): Promise<string> {
  return (await locator.textContent()) ?? "";
}
