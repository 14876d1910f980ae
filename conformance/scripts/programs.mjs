// Makes runnable programs of TypeScript and schemas that come at run time.
import { join } from "node:path";
import { build } from "esbuild";
import { mustRun } from "./lib.mjs";

/**
 * Generates code for the schemas of a folder, checks the types of the programs in `package/src`, and bundles them.
 * All that is made stands in `package/.cache`.
 */
export async function buildPrograms(packageDir, input, entryPoints, template = "buf.gen.yaml") {
  const bin = (name) => join(packageDir, "node_modules", ".bin", name);
  const cwd = packageDir;
  mustRun(bin("buf"), ["generate", "--template", template, input], { cwd });
  mustRun(bin("tsc"), ["-p", "tsconfig.json"], { cwd });
  await build({
    absWorkingDir: packageDir,
    entryPoints,
    outdir: ".cache/bin",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    // It has files beside its code.
    external: ["playwright-core"],
    sourcemap: true,
    logLevel: "warning",
  });
}

/** Bundles a program for a platform that has nothing of Node. */
export function buildForWeb(packageDir, entryPoints, conditions) {
  return build({
    absWorkingDir: packageDir,
    entryPoints,
    outdir: ".cache/bin",
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions,
    logLevel: "warning",
  });
}
