// Makes src/gen/page.ts: the page as one string, its script and style inside, and the policy that lets only these two run.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const bundle = async (entry) => {
  const { outputFiles } = await build({
    entryPoints: [`src/page/${entry}`],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    write: false,
  });
  return outputFiles[0].text.trim();
};
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

// An end tag within the script's strings would end the script.
const script = (await bundle("main.ts")).replaceAll("</script", "<\\/script");
const style = await bundle("style.css");
const html = readFileSync("src/page/index.html", "utf8")
  .replace("/* style */", () => style)
  .replace("/* script */", () => script);
const policy = [
  "default-src 'none'",
  `script-src ${hash(script)}`,
  `style-src ${hash(style)}`,
  "img-src data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

mkdirSync("src/gen", { recursive: true });
// Whoever reads it meanwhile sees a whole file.
const draft = `src/gen/page.ts.${process.pid}`;
writeFileSync(
  draft,
  [
    "// Made by build-page.mjs of what is in src/page.",
    `export const pageHtml: string = ${JSON.stringify(html)};`,
    `export const pagePolicy: string = ${JSON.stringify(policy)};`,
    "",
  ].join("\n"),
);
renameSync(draft, "src/gen/page.ts");
console.log(`the page has ${(html.length / 1024).toFixed(1)} KiB`);
