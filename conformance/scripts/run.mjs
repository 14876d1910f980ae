// pnpm conformance [client|server|both] [-- flags of the runner]
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildPackages, fail, goModuleDir, installGo, requireGo } from "./lib.mjs";
import { nodeOf } from "./nodes.mjs";
import { buildPrograms } from "./programs.mjs";
import { runSuite } from "./suite.mjs";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const module = "connectrpc.com/conformance";
const { version, runs } = JSON.parse(readFileSync(join(packageDir, "runs.json"), "utf8"));

const [mode, ...flags] = process.argv.slice(2).filter((argument) => argument !== "--");
const chosen = runs.filter((run) => mode === undefined || run.mode === mode);
if (chosen.length === 0) fail("usage: pnpm conformance [client|server|both] [-- flags of connectconformance]");

requireGo("The conformance suite");
const runner = installGo(`${module}/cmd/connectconformance`, version);
buildPackages();
const schemas = join(goModuleDir(module, version), "proto");
const [client, server] = ["src/client/main.ts", "src/server/main.ts"];
if (chosen.some(({ codecs }) => codecs === "generated")) {
  const entryPoints = { "client-codecs": client, "server-codecs": server };
  await buildPrograms(packageDir, schemas, entryPoints, "buf.gen.codecs.yaml");
}
await buildPrograms(packageDir, schemas, { client, server });

const results = [];
for (const run of chosen) {
  console.log(
    `\n${run.mode} over ${run.over}, ${run.config}${run.codecs === undefined ? "" : `, ${run.codecs} codecs`}`,
  );
  results.push(await runSuite(packageDir, runner, nodeOf(run.node), run, flags));
}
console.log(`\nconnectconformance ${version}`);
for (const { text } of results) console.log(text);
process.exit(results.every(({ ok }) => ok) ? 0 : 1);
