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
    sourcemap: true,
    logLevel: "warning",
  });
}
