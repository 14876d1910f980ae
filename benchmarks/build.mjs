// Bundles the sources for Node 20, which runs no TypeScript; packages are loaded from node_modules, as users load them.
import { build } from "esbuild";

await build({
  entryPoints: ["src/main.ts", "src/worker.ts", "src/guard.ts", "src/profile.ts", "src/codecs.ts"],
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
