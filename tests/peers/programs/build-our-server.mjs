// Bundles our-server.ts from the sources into .cache, and sees to it that Bun and Deno are there.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { installPrograms } from "../../places/programs.mjs";

installPrograms();
await build({
  absWorkingDir: fileURLToPath(new URL("..", import.meta.url)),
  entryPoints: ["programs/our-server.mjs"],
  outdir: ".cache",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "es2022",
  alias: { "@connect-ts/runtime": fileURLToPath(new URL("../../../packages/runtime/src", import.meta.url)) },
  logLevel: "warning",
});
