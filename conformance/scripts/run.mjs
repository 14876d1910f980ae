// pnpm conformance [client|server|both] [-- flags of the runner]
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildPackages, fail, goModuleDir, installGo, requireGo } from "./lib.mjs";
import { nodes } from "./nodes.mjs";
import { buildPrograms } from "./programs.mjs";
import { runSuite } from "./suite.mjs";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const module = "connectrpc.com/conformance";
const { version, counts } = JSON.parse(readFileSync(join(packageDir, "expected.json"), "utf8"));

const [mode, ...flags] = process.argv.slice(2).filter((argument) => argument !== "--");
const modes = mode === undefined ? ["client", "server"] : [mode];
if (!modes.every((one) => ["client", "server", "both"].includes(one))) {
  fail("usage: pnpm conformance [client|server|both] [-- flags of connectconformance]");
}

requireGo("The conformance suite");
const runner = installGo(`${module}/cmd/connectconformance`, version);
buildPackages();
await buildPrograms(packageDir, join(goModuleDir(module, version), "proto"), {
  client: "src/client/main.ts",
  server: "src/server/main.ts",
});

let failed = false;
for (const one of modes) {
  for (const node of nodes()) {
    const expected = flags.length === 0 ? counts[node.config][one] : undefined;
    if (!(await runSuite({ packageDir, runner, mode: one, node, flags, expected }))) failed = true;
  }
}
process.exit(failed ? 1 : 0);
