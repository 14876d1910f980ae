// Bundles the soak with the runtime's compiled code, and runs it: pnpm soak [calls]. It is written in TypeScript for its service.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { run } from "../../../scripts/lib.mjs";

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
  external: ["@bufbuild/protobuf", "@connect-ts/runtime"],
});
if (!run(process.execPath, ["--expose-gc", outfile, ...process.argv.slice(2)])) process.exitCode = 1;
