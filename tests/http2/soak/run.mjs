// Bundles the soak with the runtime's compiled code, and runs it: pnpm soak [calls] [--state file] [--seconds N].
// It is written in TypeScript for its service. With a state, calls are the sum of all runs of the runtime as it is now; `--seconds`
// ends one earlier.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { run, stateOf } from "../../../scripts/lib.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
mkdirSync(`${here}.cache`, { recursive: true });
const outfile = `${here}.cache/soak.js`;
await build({
  entryPoints: [`${here}soak.ts`],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  logLevel: "warning",
  external: ["@bufbuild/protobuf", "@connect-ts/runtime", "@connect-ts/runtime/*"],
});
const args = process.argv.slice(2);
const sources = "packages/runtime/src";
if (args.includes("--state")) args.push("--runtime", stateOf(`HEAD:${sources}`, sources));
if (!run(process.execPath, ["--expose-gc", "--max-semi-space-size=32", outfile, ...args])) process.exitCode = 1;
