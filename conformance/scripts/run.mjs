// pnpm conformance [client|server|both] [what it goes over] [-- flags of the runner]
// pnpm conformance places [bun|deno|workerd|chromium] [-- flags]    on what is not Node; without the word it is Node alone
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildPackages, fail, goModuleDir, installGo, requireGo } from "./lib.mjs";
import { buildForWeb, buildPrograms } from "./programs.mjs";
import { runtimeOf } from "./runtimes.mjs";
import { runSuite } from "./suite.mjs";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const module = "connectrpc.com/conformance";
const { version, runs } = JSON.parse(readFileSync(join(packageDir, "runs.json"), "utf8"));

const given = process.argv.slice(2).filter((argument) => argument !== "--");
const flagsAt = given.findIndex((argument) => argument.startsWith("-"));
const [words, flags] = flagsAt < 0 ? [given, []] : [given.slice(0, flagsAt), given.slice(flagsAt)];
const chosen = runs.filter(({ mode, over, runtime }) => {
  if ((runtime !== undefined) !== words.includes("places")) return false;
  return words.every((word) => word === mode || word === over || word === runtime || word === "places");
});
if (chosen.length === 0)
  fail(
    "usage: pnpm conformance [client|server|both] [node|platform|fetch|in-process|places] [bun|deno|workerd|chromium] [-- flags of connectconformance]",
  );

requireGo("The conformance suite");
const runner = installGo(`${module}/cmd/connectconformance`, version);
buildPackages();
const schemas = join(goModuleDir(module, version), "proto");
const [client, server] = ["src/client/main.ts", "src/server/main.ts"];
if (chosen.some(({ codecs }) => codecs === "generated")) {
  const entryPoints = { "client-codecs": client, "server-codecs": server };
  await buildPrograms(packageDir, schemas, entryPoints, "buf.gen.codecs.yaml");
}
const elsewhere = { "client-chromium": "src/client/main-chromium.ts", "server-workerd": "src/server/main-workerd.ts" };
await buildPrograms(packageDir, schemas, { client, server, ...elsewhere });
await buildForWeb(packageDir, { page: "src/client/page.ts" }, ["browser"]);
await buildForWeb(packageDir, { worker: "src/server/worker.ts" }, ["workerd"]);

const results = [];
for (const run of chosen) {
  console.log(
    `\n${run.mode} over ${run.over}${run.runtime === undefined ? "" : ` on ${run.runtime}`}, ${run.config}${run.codecs === undefined ? "" : `, ${run.codecs} codecs`}`,
  );
  results.push(await runSuite(packageDir, runner, runtimeOf(run, packageDir), run, flags));
}
console.log(`\nconnectconformance ${version}`);
for (const { text } of results) console.log(text);
process.exit(results.every(({ ok }) => ok) ? 0 : 1);
