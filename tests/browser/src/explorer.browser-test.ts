import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type ExplorerOptions, explorer } from "@connect-ts/explorer";
import { type Server, serve } from "@connect-ts/runtime/node";
import { createRoute } from "@connect-ts/runtime/transport";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { until } from "../../behaviour/helpers.js";
import { eventually } from "./eventually.js";
import { schema, seen, shop } from "./shop.js";
import { violations } from "./violations.js";

/** Where screenshots go, when they are asked for. */
const screenshots = process.env.EXPLORER_SCREENSHOTS;

let browser: Browser;
let context: BrowserContext;
let page: Page;
let server: Server;
let saw: ReturnType<typeof seen>;
/** What the page should never say: violations of its policy, errors. */
let complaints: string[];

async function open(hash = "", options: ExplorerOptions = {}): Promise<void> {
  server = await serve({ handlers: [...shop(saw), explorer({ schema, ...options })], host: "127.0.0.1" });
  await page.goto(`http://localhost:${server.port}/explorer${hash && `#/acme.shop.v1.OrderService/${hash}`}`);
  await page.waitForSelector("#request");
}

const type = (request: unknown): Promise<void> => page.fill("#request", JSON.stringify(request, undefined, 2));
const press = (name: string): Promise<void> => page.getByRole("button", { name, exact: true }).click();
const status = (text: string): Promise<unknown> => page.waitForSelector(`.status:text-is("${text}")`);
const messages = (way = "got"): Promise<unknown[]> =>
  page.$$eval(`.messages .${way} pre`, (all) => all.map((one) => JSON.parse(one.textContent ?? "")));
const shot = async (name: string): Promise<void> => {
  if (screenshots === undefined) return;
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: `${screenshots}/${name}.png` });
};

beforeAll(async () => {
  const executablePath = execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});
afterAll(() => browser.close());
beforeEach(async () => {
  saw = seen();
  complaints = [];
  context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
  page = await context.newPage();
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (message) => {
    if (/Content Security Policy|TrustedHTML/.test(message.text())) complaints.push(message.text());
  });
});
afterEach(async () => {
  expect(complaints).toEqual([]);
  await context.close();
  await server.close();
});

describe("the explorer calls", () => {
  it("a unary RPC, and shows what came with it", async () => {
    await open("PlaceOrder");
    await type({ customer: "Ada", items: [{ article: "chair-12", count: 2, colour: "COLOUR_RED" }], invoiceDays: 30 });
    await page.fill("#metadata", "x-tenant: acme\nauthorization: Bearer 1");
    await press("Send");
    await status("ok");
    await eventually(async () => {
      expect(await messages()).toEqual([{ orderId: "o-1", totalCents: "4200", placedAt: "2023-11-14T22:13:20Z" }]);
      expect(await page.textContent(".facts")).toMatch(/^\d+ ms · 1 message · 16 B$/);
      const response = page.getByRole("region", { name: "Response", exact: true });
      expect(await response.locator("dl").allTextContents()).toEqual(["shop-till3", "shop-receiptprinted"]);
    });
    expect(saw.requests).toMatchObject([{ customer: "Ada", payment: { case: "invoiceDays", value: 30 } }]);
    expect(saw.headers[0]?.get("x-tenant")).toBe("acme");
    expect(saw.headers[0]?.get("authorization")).toBe("Bearer 1");
  });

  it("an RPC that fails, and shows the details of its error", async () => {
    await open("PlaceOrder");
    await type({});
    await press("Send");
    await status("invalid_argument");
    await eventually(async () => {
      expect(await page.textContent(".error")).toBe("the order has no customer");
      expect(await page.textContent(".detail h4")).toBe("acme.shop.v1.FieldProblem");
      expect(JSON.parse((await page.textContent(".detail pre")) ?? "")).toEqual({
        field: "customer",
        description: "say who pays",
      });
    });
  });

  it("a stream of responses, which come one by one", async () => {
    await open("TrackOrder");
    await type({ steps: 4 });
    let goOn = (): void => undefined;
    saw.hold = new Promise((resolve) => {
      goOn = resolve;
    });
    await press("Send");
    await page.waitForSelector(".messages .got");
    expect(await messages()).toEqual([{ what: "placed", number: 1 }]);
    expect(await page.textContent(".status")).toBe("running");
    goOn();
    await status("ok");
    await eventually(async () => {
      expect(await messages()).toMatchObject([
        { what: "placed" },
        { what: "packed" },
        { what: "shipped" },
        { what: "delivered" },
      ]);
    });
  });

  it("a long stream, of which the newest messages are shown", async () => {
    await open("TrackOrder");
    await type({ steps: 20_000 });
    await press("Send");
    await status("ok");
    await eventually(async () => {
      const shown = (await messages()) as { readonly number: number }[];
      expect([shown.length, shown[0]?.number, shown.at(-1)?.number]).toEqual([500, 19_501, 20_000]);
      expect(await page.textContent(".facts")).toContain("20000 messages");
    });
    await page.waitForSelector("text=The newest 500 of 20000 messages are shown.");
  });

  it("a stream of requests", async () => {
    await open("ImportOrders");
    await type({ customer: "Ada", items: [{}] });
    await press("Send");
    await type({ customer: "Bob", items: [{}, {}] });
    await press("Send another");
    await press("End of messages");
    await status("ok");
    await eventually(async () => {
      expect(await messages()).toEqual([{ orders: 2, items: 3 }]);
      expect(await messages("sent")).toHaveLength(2);
    });
  });

  it("a conversation, over HTTP/1.1", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await open("Haggle");
    for (const [index, cents] of [300, 400, 500].entries()) {
      await type({ cents });
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector(`.messages .got >> nth=${index}`);
    }
    await status("ok");
    await shot("conversation");
    await eventually(async () => {
      expect(await messages()).toMatchObject([{ cents: "400" }, { cents: "500" }, { cents: "600", words: "Sold!" }]);
    });
  });

  it("a stream that is canceled, and the handler knows of it", async () => {
    await open("TrackOrder");
    await type({ steps: 1000 });
    await press("Send");
    await page.waitForSelector(".messages .got");
    await press("Cancel");
    await status("canceled");
    await until(() => saw.cancelled.includes("trackOrder"));
  });
});

describe("the explorer", () => {
  it.each(["light", "dark"] as const)("is accessible, in %s and on a phone", async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await open("PlaceOrder");
    await type({ customer: "Ada", items: [{ article: "chair-12", count: 2, colour: "COLOUR_RED" }], isGift: true });
    await press("Send");
    await status("ok");
    await shot(colorScheme);
    expect(await violations(page)).toEqual([]);
    await type({});
    await press("Send");
    await status("invalid_argument");
    await page.setViewportSize({ width: 390, height: 844 });
    await shot(`${colorScheme}-phone`);
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });

  it("shows comments, options, types and what is deprecated", async () => {
    await open("PlaceOrder");
    const shown = [
      "It answers once the order is in the books",
      "By invoice, in so many days.",
      "OrderService takes orders",
    ];
    for (const text of shown) await page.getByText(text).first().waitFor();
    await page.click("text=Options of the RPC");
    await eventually(async () => {
      expect(await page.textContent("main")).toContain('"[acme.shop.v1.audience]": "customers"');
    });
    await page.click('summary:text-is("acme.shop.v1.Item")');
    await eventually(async () => {
      expect(await page.textContent("main")).toContain('The article\'s number in the catalogue, such as "chair-12".');
    });
    await page.getByRole("link", { name: "FindOrder" }).click();
    await eventually(async () => {
      expect(await page.textContent(".title")).toContain("deprecated");
    });
  });

  it("is used by keyboard: finds, completes, sends", async () => {
    await open();
    await page.keyboard.press("/");
    await page.keyboard.type("stock");
    await eventually(async () => {
      expect(await page.locator("#services a:visible").allTextContents()).toEqual(["CountStockunary"]);
    });
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForSelector('h2:text-is("CountStock")');
    await page.focus("#request");
    await page.keyboard.press("Control+A");
    await page.keyboard.type('{"');
    await page.waitForSelector('[role="option"]:has-text("article")');
    await page.keyboard.press("Enter");
    await page.keyboard.type("chair-12");
    await page.keyboard.press("End");
    await page.keyboard.type("}");
    expect(await page.inputValue("#request")).toBe('{"article": "chair-12"}');
    await page.keyboard.press("Control+Enter");
    await status("ok");
    await eventually(async () => {
      expect(await messages()).toEqual([{ count: 12 }]);
    });
  });

  it("makes a form of the schema, which writes the JSON", async () => {
    await open("PlaceOrder");
    await type({ customer: "Ada", items: [{ article: "chair-12" }] });
    await press("As a form");
    await page.getByLabel("count").fill("2");
    await page.getByLabel("colour").selectOption("COLOUR_RED");
    await press("Add to items");
    await page.keyboard.type("table-3");
    await press("Remove items 1");
    await page.getByLabel("payment").selectOption("invoiceDays");
    await page.getByLabel("invoiceDays").fill("30");
    await press("Add to labels");
    await page.getByLabel("key of labels").fill("wrap");
    await page.getByLabel("value of labels").fill("red");
    await page.getByLabel("isGift").check();
    await page.getByLabel("deliverAfter").fill("2026-01-01T00:00:00Z");
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Control+Enter");
    await status("ok");
    await press("As JSON");
    await eventually(async () => {
      expect(JSON.parse(await page.inputValue("#request"))).toEqual({
        customer: "Ada",
        items: [{ article: "table-3" }],
        invoiceDays: 30,
        deliverAfter: "2026-01-01T00:00:00Z",
        labels: { wrap: "red" },
        isGift: true,
      });
    });
    expect(saw.requests).toHaveLength(1);
    await page.fill("#request", "{");
    await press("As a form");
    expect(await page.isVisible("#request")).toBe(true);
  });

  it("writes each call as commands that make it", async () => {
    await open("Haggle");
    await type({ cents: 100, words: "it's $HOME" });
    await press("Send");
    await type({ cents: 500 });
    await press("Send another");
    await status("ok");
    const folder = mkdtempSync(`${tmpdir()}/explorer-`);
    const run = async (language: string): Promise<string> => {
      await page.getByRole("tab", { name: language, exact: true }).click();
      const script = (await page.textContent("#code")) ?? "";
      const bin = fileURLToPath(new URL("../../../node_modules/.bin", import.meta.url));
      const { stdout } = await promisify(execFile)("sh", ["-c", script], {
        cwd: folder,
        env: { PATH: `${bin}:${process.env.PATH}`, HOME: folder },
      });
      return stdout;
    };
    try {
      expect(await run("curl")).toMatch(/"You must be joking".*"Sold!"/s);
      expect(await run("buf curl")).toMatch(/"You must be joking".*"Sold!"/s);
      await page.getByRole("link", { name: "GetOrder" }).click();
      await type({ orderId: 'it\'s "o"' });
      expect(JSON.parse(await run("curl"))).toMatchObject({ orderId: 'it\'s "o"' });
      expect(JSON.parse(await run("buf curl"))).toMatchObject({ orderId: 'it\'s "o"' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("tells what is wrong with a request, and does not send it", async () => {
    await open("PlaceOrder");
    await page.fill("#request", '{\n  "customer": "Ada",\n  "items": 3\n}');
    await eventually(async () => {
      expect(await page.textContent("#problem")).toMatch(/^line 3: .*items/);
    });
    await press("Send");
    expect(saw.requests).toEqual([]);
  });

  it("keeps the calls that were made, but no secrets, and makes them again", async () => {
    await open("PlaceOrder");
    await type({ customer: "Ada" });
    await page.fill("#metadata", "authorization: Bearer 1\nx-tenant: acme");
    await press("Send");
    await status("ok");
    await page.goto(`http://localhost:${server.port}/explorer/#/acme.shop.v1.StockService/CountStock`);
    await page.reload();
    await page.getByRole("button", { name: "PlaceOrder" }).click();
    await eventually(async () => {
      expect(await page.inputValue("#metadata")).toBe("authorization: \nx-tenant: acme");
      expect(JSON.parse(await page.inputValue("#request"))).toMatchObject({ customer: "Ada" });
    });
    await press("Send");
    await until(() => saw.requests.length === 2);
  });

  it("makes a link of a request, which is not sent before somebody says so", async () => {
    await open("PlaceOrder");
    await type({ customer: "Ada & Bob?", isGift: true });
    await page.fill("#metadata", "authorization: Bearer 1");
    await press("Copy link");
    const link = page.url();
    expect(link).not.toContain("Bearer");
    await page.goto("about:blank");
    await page.goto(link);
    await page.waitForSelector("#request");
    await eventually(async () => {
      expect(JSON.parse(await page.inputValue("#request"))).toEqual({ customer: "Ada & Bob?", isGift: true });
    });
    expect(saw.requests).toEqual([]);
    await press("Send");
    await status("ok");
  });

  it("goes on after the server was started again", async () => {
    await open("PlaceOrder");
    const { port } = server;
    await server.close();
    server = await serve({ handlers: [...shop(saw), explorer()], host: "127.0.0.1", port });
    await type({ customer: "Ada" });
    await press("Send");
    await status("ok");
  });

  it("runs no calls where it is read-only", async () => {
    await open("PlaceOrder", { readOnly: true });
    await eventually(async () => {
      expect(await page.textContent("header")).toContain("read-only");
      expect(await page.getByRole("button", { name: "Send", exact: true }).isDisabled()).toBe(true);
    });
    await page.focus("#request");
    await page.keyboard.press("Control+Enter");
    expect(saw.requests).toEqual([]);
  });

  it("answers no page of another origin", async () => {
    await open("PlaceOrder");
    const { port } = server;
    const attempt = async (path: string, init: object): Promise<string> =>
      page.evaluate(
        ([url, options]) =>
          fetch(url, options).then(
            ({ status, type }) => `${type} ${status}`,
            () => "refused",
          ),
        [`http://localhost:${port}/explorer/${path}`, init] as const,
      );
    const other = await serve({
      handlers: createRoute("GET", "/", () => ({ headers: { "content-type": "text/html" }, body: "<p>other" })),
      host: "127.0.0.1",
    });
    try {
      await page.goto(`http://localhost:${other.port}/`);
      expect(await attempt("session", {})).toBe("refused");
      const call = "call/acme.shop.v1.OrderService/PlaceOrder";
      expect(await attempt(call, { method: "POST", body: "x", mode: "no-cors" })).toBe("refused");
      expect(await attempt(call, { method: "POST", headers: { "explorer-token": "x" } })).toBe("refused");
    } finally {
      await other.close();
    }
    expect(saw.requests).toEqual([]);
  });
});
