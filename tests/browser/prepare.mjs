// Jest loads it before the first test.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Bundles what the page runs. Fails before the first test when a browser is missing, and tells how to get it. */
export default async function prepare() {
  for (const [program, name] of [
    ["chromium", "Chromium"],
    ["firefox-esr", "Firefox"],
  ]) {
    if (spawnSync(program, ["--version"]).status === 0) continue;
    const error = new Error(`These tests need ${name}, which is not on this machine: apt-get install ${program}`);
    error.stack = error.message;
    throw error;
  }
  await build({
    absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
    entryPoints: ["src/page.ts", "src/query/page.tsx", "src/debugging-page.ts", "src/fakes-page.ts"],
    outdir: ".cache",
    bundle: true,
    jsx: "automatic",
    define: {
      "process.env.NODE_ENV": '"development"',
      __VUE_OPTIONS_API__: "false",
      __VUE_PROD_DEVTOOLS__: "false",
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
    },
    format: "iife",
    target: "es2022",
    logLevel: "warning",
  });
  const vite = spawnSync("node", ["node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"], {
    cwd: fileURLToPath(new URL("../../examples/web", import.meta.url)),
    env: { ...process.env, NODE_ENV: "production" },
    stdio: "inherit",
  });
  if (vite.status !== 0) throw new Error("examples/web was not built");
}
