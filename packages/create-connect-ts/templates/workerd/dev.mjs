// Bundles the worker at each change, and runs it in workerd, which loads what was bundled.
import { spawn } from "node:child_process";
import { context } from "esbuild";

const bundle = await context({
  entryPoints: ["src/worker.ts"],
  outfile: "dist/worker.js",
  bundle: true,
  format: "esm",
  target: "es2022",
  conditions: ["workerd"],
  logLevel: "info",
});
await bundle.rebuild();
await bundle.watch();
// A program of its own, in whatever way the packages were installed.
const workerd = spawn("workerd", ["serve", "workerd.capnp", "--watch"], { stdio: "inherit", shell: true });
workerd.on("close", (code) => process.exit(code ?? 0));
