import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { eventually } from "../eventually.js";
import { violations } from "../violations.js";
import { answered, launch, type Opened, open, rows, say, signIn } from "./page.js";

const screenshots = fileURLToPath(new URL("../../.cache/screenshots/", import.meta.url));

let browser: Browser;
let opened: Opened;

beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true });
  browser = await launch();
});
afterAll(() => browser.close());
afterEach(() => opened.close());

/** How many pixels of the page are beside the screen: hidden ones too, but for the suggestions, which scroll. */
function overflow(page: Page): Promise<number> {
  return page.evaluate(`Math.max(
    document.documentElement.scrollWidth - innerWidth,
    ...[...document.querySelectorAll("body :not(.hidden, .suggestions *, path)")].map((element) =>
      Math.floor(element.getBoundingClientRect().right - innerWidth),
    ),
    0,
  )`);
}

/** The conversation of the screenshots: an answer that was stopped, and one for which the token was renewed. */
async function converse(page: Page): Promise<void> {
  await signIn(page, "I feel lost in my code");
  await say(page, "Tell me a story");
  await page.getByText("turned sentences around").waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("The server saw it").waitFor();
}

describe.each(["light", "dark"] as const)("The example page, %s", (colorScheme) => {
  it("has no violations that axe-core finds, in a wide window", async () => {
    opened = await open(browser, { wordMs: 150 }, { colorScheme, viewport: { width: 1280, height: 860 } });
    const { page } = opened;
    await page.getByLabel("Your name").fill("A");
    await page.getByRole("button", { name: "Begin" }).click();
    await page.getByText("This is too short").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: `${screenshots}sign-in-${colorScheme}.png` });

    await converse(page);
    await page.getByRole("radio", { name: "gRPC-Web" }).check();
    await page.getByRole("button", { name: "Use a bad token" }).click();
    await say(page, "My boss never listens");
    await answered(page, 3);
    expect(await violations(page)).toEqual([]);
    await say(page, "Tell me a story");
    await page.getByText("called them Eliza").nth(1).waitFor();
    await page.screenshot({ path: `${screenshots}conversation-${colorScheme}.png` });
  });

  it("fits a phone of 360 pixels, with no violations", async () => {
    opened = await open(
      browser,
      { wordMs: 150 },
      { colorScheme, viewport: { width: 360, height: 740 }, hasTouch: true },
    );
    const { page } = opened;
    await page.getByRole("button", { name: "Begin" }).click();
    await page.getByText("this is empty").first().waitFor();
    expect(await overflow(page)).toBe(0);
    expect(await violations(page)).toEqual([]);

    await converse(page);
    await say(page, `I feel ${"very".repeat(30)}`);
    await answered(page, 3);
    expect(await overflow(page)).toBe(0);
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: `${screenshots}phone-${colorScheme}.png` });

    await page.getByRole("button", { name: "Details" }).tap();
    await page.getByRole("heading", { name: "What the server sees" }).waitFor();
    expect(await overflow(page)).toBe(0);
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: `${screenshots}phone-details-${colorScheme}.png` });
    await page.getByRole("button", { name: "Close" }).tap();
    await page.getByLabel("Say something to Eliza").waitFor();
  });
});

describe("The example page, by keyboard alone", () => {
  it("is used from the form to the switches", async () => {
    opened = await open(browser, { wordMs: 150 });
    const { page } = opened;
    const { keyboard } = page;
    const focused = (): Promise<string> =>
      page.evaluate("document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent");

    await keyboard.press("Tab");
    expect(await focused()).toBe("Your name");
    await keyboard.press("Enter");
    await page.getByText("this is empty").first().waitFor();
    await keyboard.type("Ada");
    await keyboard.press("Tab");
    await keyboard.type("Goodbye");
    await keyboard.press("Enter");
    await answered(page, 1);
    // The field for the next sentence has the focus.
    await keyboard.type("Tell me a story");
    await keyboard.press("Enter");
    await page.getByText("In 1966").waitFor();
    await keyboard.press("Escape");
    await page.getByText("The server saw it").waitFor();

    await keyboard.press("Tab");
    expect(await focused()).toBe("Send");
    const seen: string[] = [];
    for (let press = 0; press < 5; press++) {
      await keyboard.press("Tab");
      seen.push(await focused());
    }
    expect(seen.slice(0, 3)).toEqual(["Connect", "Binary", "Use a bad token"]);
    await page.getByRole("radio", { name: "Connect", exact: true }).focus();
    await keyboard.press("ArrowRight");
    await keyboard.press("Tab");
    await keyboard.press("ArrowRight");
    await page.getByLabel("Say something to Eliza").focus();
    await keyboard.type("Hello");
    await keyboard.press("Enter");
    await page.getByText("Hello. What is on your mind?").waitFor();
    await answered(page, 3);
    await eventually(async () => expect((await rows(page))[0]).toBe("Ask ok grpc-web, json"));
    await page.getByRole("button", { name: "Leave" }).focus();
    await keyboard.press("Enter");
    await page.getByRole("button", { name: "Begin" }).waitFor();
    expect(await focused()).toBe("Your name");
  });

  it("shows where the focus is", async () => {
    opened = await open(browser);
    const { page } = opened;
    await signIn(page);
    const unmarked: string[] = [];
    for (let press = 0; press < 12; press++) {
      await page.keyboard.press("Tab");
      const mark: string = await page.evaluate(`(() => {
        const element = document.activeElement;
        const shown = element.type === "radio" ? element.nextElementSibling : element.closest(".composer-box") ?? element;
        const { outlineStyle, boxShadow } = getComputedStyle(shown);
        return element === document.body || outlineStyle !== "none" || boxShadow !== "none" ? "" : element.outerHTML;
      })()`);
      if (mark !== "") unmarked.push(mark);
    }
    expect(unmarked).toEqual([]);
  });
});
