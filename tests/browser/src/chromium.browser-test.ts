// A file of its own: each browser is started in its own way.
import { execFileSync } from "node:child_process";
import { chromium } from "playwright-core";
import { testBrowser } from "./tested-browser.js";

testBrowser("Chromium", async () => {
  const executablePath = execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  return {
    async newPage() {
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      const page = await context.newPage();
      return {
        goto: (url) => page.goto(url),
        evaluate: (run, argument) => page.evaluate(run as (argument: unknown) => never, argument),
        close: () => context.close(),
      };
    },
    close: () => browser.close(),
  };
});
