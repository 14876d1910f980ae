// A file of its own: Debian's Firefox speaks WebDriver BiDi alone, and not what playwright-core drives Firefox by.
import { execFileSync } from "node:child_process";
import { launch } from "puppeteer-core";
import { testBrowser } from "./tested-browser.js";

testBrowser("Firefox", async () => {
  const executablePath = execFileSync("sh", ["-c", "command -v firefox-esr"], { encoding: "utf8" }).trim();
  const browser = await launch({ browser: "firefox", executablePath, headless: true, acceptInsecureCerts: true });
  return {
    async newPage() {
      const context = await browser.createBrowserContext();
      const page = await context.newPage();
      return {
        goto: (url) => page.goto(url),
        evaluate: (run, argument) => page.evaluate(run as (argument: unknown) => never, argument),
        close: () => context.close(),
      };
    },
    async close() {
      const started = browser.process();
      await browser.close();
      // Programs that Firefox starts may outlive it for a moment, and hold these open.
      for (const pipe of started?.stdio ?? []) pipe?.destroy();
    },
  };
});
