import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser } from "playwright-core";
import { until } from "../../../behaviour/helpers.js";
import { eventually } from "../eventually.js";
import { answered, launch, type Opened, open, rows, say, signIn, textOf } from "./page.js";

let browser: Browser;
let opened: Opened;

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
afterEach(() => opened.close());

describe("The example page", () => {
  it("shows a streamed answer as it comes", async () => {
    opened = await open(browser, { wordMs: 25 });
    const { page } = opened;
    await signIn(page);
    await say(page, "Tell me a story");
    const answer = page.locator(".answer-text").last();
    const lengths = new Set<number>();
    while (lengths.size < 5) lengths.add((await textOf(answer)).length);
    expect(await page.locator(".answer").last().getAttribute("aria-busy")).toBe("true");
    await answered(page, 2);
    expect(await textOf(answer)).toMatch(
      /^In 1966 a man in Boston .* What do people tell you, Ada, when you only listen\?$/,
    );
  });

  it.each(["by the button", "by the Escape key"])(
    "stops an answer %s, and shows that the server saw it",
    async (how) => {
      opened = await open(browser, { wordMs: 300 });
      const { page, calls } = opened;
      await signIn(page);
      await say(page, "Tell me a story");
      await page.getByText("In 1966 a man").waitFor();
      if (how === "by the button") await page.getByRole("button", { name: "Stop the answer" }).click();
      else await page.keyboard.press("Escape");
      await page.getByText("You stopped this answer.").waitFor();
      const seen = await textOf(page.getByText(/The server saw it after \d+ words/));
      const words = Number(/\d+/.exec(seen)?.[0]);
      expect(words).toBeGreaterThan(3);
      expect(words).toBeLessThan(80);
      expect(calls.at(-1)?.status).toBe("canceled");
      expect((await rows(page))[0]).toBe("Ask canceled connect, binary");
      // The conversation goes on.
      await say(page, "I am a robot");
      await page.getByText("How long have you been a robot?").waitFor();
    },
  );

  it.each(["leaves", "closes the page"])(
    "ends what it has open when the person %s, and the server sees it",
    async (how) => {
      opened = await open(browser, { wordMs: 300 });
      const { page, calls } = opened;
      await signIn(page);
      await say(page, "Tell me a story");
      await page.getByText("In 1966 a man").waitFor();
      if (how === "leaves") await page.getByRole("button", { name: "Leave" }).click();
      else await page.close();
      await until(() => calls.every(({ status }) => status !== undefined));
      const streams = calls.filter(({ spec }) => spec.kind === "server_streaming");
      expect(streams.map(({ spec, status }) => `${spec.procedure.split("/")[2]} ${status}`).sort()).toEqual([
        "Ask canceled",
        "Ask ok",
        "Watch canceled",
      ]);
    },
  );

  it("shows what is wrong at the field that it concerns", async () => {
    opened = await open(browser);
    const { page } = opened;
    const [name, topic] = [page.getByLabel("Your name"), page.getByLabel("What would you like to talk about?")];
    const described = async (field: typeof name): Promise<string> =>
      textOf(page.locator(`[id="${await field.getAttribute("aria-describedby")}"]`));
    await name.fill("A");
    await page.getByRole("button", { name: "Begin" }).click();
    await page.getByText("This is too short").waitFor();
    await eventually(async () => {
      expect(await described(name)).toBe("This is too short: 1 of at least 2 characters.");
      expect(await described(topic)).toBe("Eliza needs something to work with: this is empty.");
      expect(await name.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
    });

    await name.fill("Ada");
    await page.getByRole("button", { name: "Begin" }).click();
    await page.getByText("This is too short").waitFor({ state: "detached" });
    await eventually(async () => {
      expect(await name.getAttribute("aria-invalid")).toBe("false");
      expect(await topic.getAttribute("aria-invalid")).toBe("true");
      expect(await topic.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
    });
  });

  it("gives a refused sentence back, with the reason, to be mended", async () => {
    opened = await open(browser);
    const { page } = opened;
    await signIn(page);
    const sentence = page.getByLabel("Say something to Eliza");
    await say(page, "on and ".repeat(50));
    await page.getByText("This is too long: 349 of at most 300 characters.").waitFor();
    await eventually(async () => {
      expect(await sentence.inputValue()).toBe("on and ".repeat(50));
      expect(await sentence.getAttribute("aria-invalid")).toBe("true");
      expect(await page.locator(".said").count()).toBe(1);
    });
    await say(page, "Hello");
    await page.getByText("Hello. What is on your mind?").waitFor();
    await eventually(async () => {
      expect(await sentence.getAttribute("aria-invalid")).toBe("false");
    });
  });

  it.each([
    ["Connect", "Binary", "application/connect+proto", "connect, binary"],
    ["Connect", "JSON", "application/connect+json", "connect, json"],
    ["gRPC-Web", "Binary", "application/grpc-web+proto", "grpc-web, binary"],
    ["gRPC-Web", "JSON", "application/grpc-web+json", "grpc-web, json"],
  ])("speaks %s with %s messages when it is told to", async (protocol, codec, contentType, how) => {
    opened = await open(browser);
    const { page, calls } = opened;
    await signIn(page);
    await page.getByRole("radio", { name: protocol }).check();
    await page.getByRole("radio", { name: codec }).check();
    await say(page, "I need a holiday");
    await answered(page, 2);
    await page.getByText("What would change if you had a holiday?").waitFor();
    expect(calls.at(-1)?.requestHeaders.get("content-type")).toBe(contentType);
    expect((await rows(page))[0]).toBe(`Ask ok ${how}`);
    // Errors with details come by each of them too.
    await say(page, " ");
    await page.getByText("Eliza needs something to work with").waitFor();
  });

  it("renews a token that has expired, and runs the call again", async () => {
    opened = await open(browser, { tokenMs: 4000 });
    const { page } = opened;
    await signIn(page);
    await page.getByText("Expired: the next call renews it.").waitFor();
    await say(page, "I am a robot");
    await answered(page, 2);
    expect(await textOf(page.locator(".answer-text").last())).toMatch(/^How long have you been a robot\? \w/);
    await page.getByText("token renewed, call run again").last().waitFor();
    await eventually(async () => {
      expect((await rows(page)).slice(0, 3)).toEqual([
        "Ask ok connect, binary",
        "Renew ok connect, json",
        "Ask unauthenticated connect, binary",
      ]);
    });
  });

  it("renews a token that the server does not know", async () => {
    opened = await open(browser);
    const { page } = opened;
    await signIn(page);
    await page.getByRole("button", { name: "Use a bad token" }).click();
    await page.getByText("The server does not know it.").waitFor();
    await say(page, "I am a robot");
    await page.getByText("How long have you been a robot?").waitFor();
    await page.getByText("renewed once").waitFor();
  });

  it("keeps the cookie that renews tokens from scripts, and sends it to that RPC alone", async () => {
    opened = await open(browser, { tokenMs: 4000 });
    const { page, calls } = opened;
    await signIn(page);
    await page.getByText("Expired: the next call renews it.").waitFor();
    await say(page, "Hello");
    await page.getByText("token renewed, call run again").last().waitFor();
    expect(await page.evaluate("document.cookie")).toBe("");
    const withCookie = calls.filter(({ requestHeaders }) => requestHeaders.has("cookie"));
    expect(new Set(withCookie.map(({ spec }) => spec.procedure))).toEqual(new Set(["/chat.v1.ChatService/Renew"]));
  });

  it("says that the server is away, and that the session is over when another one has come", async () => {
    opened = await open(browser);
    const { page, stop, restart } = opened;
    await signIn(page);
    await page.getByText("listening").waitFor();
    await stop();
    await page.getByText("connecting …").waitFor();
    await say(page, "Hello");
    await page.getByRole("alert").getByText("Eliza cannot be reached. Is her server running?").waitFor();
    await restart();
    await page.getByRole("button", { name: "Ask again" }).click();
    // The server that came knows nothing of the session.
    await page.getByText("This conversation is over.").waitFor();
    await page.getByRole("button", { name: "Sign in again" }).click();
    await signIn(page);
  });

  it("tells a person of another origin no more than that it does not work", async () => {
    opened = await open(browser, { origin: "https://elsewhere.example" });
    const { page } = opened;
    await page.getByLabel("Your name").fill("Ada");
    await page.getByRole("button", { name: "Begin" }).click();
    await page.getByRole("alert").getByText("Eliza cannot be reached").waitFor();
  });
});
