// Bundles the sources for Node 20, which runs no TypeScript; packages are loaded from node_modules, as users load them.
import { rm } from "node:fs/promises";
import { build } from "esbuild";

const bundle = (entryPoints, entryNames) =>
  build({
    entryPoints,
    entryNames,
    outdir: "dist",
    bundle: true,
    splitting: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: true,
    logLevel: "warning",
  });

await rm("dist", { recursive: true, force: true });
await bundle(
  [
    "src/main.ts",
    "src/worker.ts",
    "src/guard.ts",
    "src/profile.ts",
    "src/codecs.ts",
    "src/floods.ts",
    "src/client-floods.ts",
    "src/server-alone.ts",
    "src/callpath.ts",
    "src/cold.ts",
    "src/latency.ts",
    "src/tails.ts",
    "src/cores.ts",
    "src/cores-worker.ts",
  ],
  "[name]",
);
// Apart, so that these programs load nothing that only the others need.
await bundle(["src/cold/*.ts"], "cold-[name]");
