// Builds the package in the working directory: `tsc` twice, ES modules into dist/esm and CommonJS into dist/cjs. Where the doors
// are bundled (scripts/bundle.mjs), the bundles are in dist/bundle, and dist/cjs has declarations alone.
// It works in a folder of its own and swaps at the end, so whoever reads dist meanwhile sees a whole build.
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { buildStamp, stampFile } from "./build-stamp.mjs";
import { bundle, isBundled } from "./bundle.mjs";
import { pruneDeclarations } from "./prune-declarations.mjs";

const run = promisify(execFile);
const tsc = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));
// As deep as dist, so that the source maps' relative paths hold after the move.
const work = `.dist-${process.pid}`;

// verbatimModuleSyntax refuses ES syntax in files that become CommonJS.
const commonjs = ["--module", "commonjs", "--moduleResolution", "bundler", "--verbatimModuleSyntax", "false"];

function compile(outDir, options = []) {
  return run(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", outDir, ...options]);
}

const stamp = buildStamp();
if (existsSync("dist") && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) process.exit();

try {
  const manifest = JSON.parse(readFileSync("package.json", "utf8"));
  const isInBundles = isBundled(manifest);
  if (isInBundles) commonjs.push("--emitDeclarationOnly");
  await mkdir(`${work}/cjs`, { recursive: true });
  await writeFile(`${work}/cjs/package.json`, '{ "type": "commonjs" }\n');
  const compiled = await Promise.allSettled([
    compile(`${work}/esm`),
    compile(`${work}/cjs`, commonjs),
    ...(isInBundles ? [bundle(manifest, `${work}/bundle`)] : []),
  ]);
  for (const { reason } of compiled) if (reason !== undefined) throw reason;
  pruneDeclarations(manifest, work);
  if (existsSync("dist")) await rename("dist", `${work}-old`);
  await rename(work, "dist");
  await writeFile(stampFile, stamp);
} catch (error) {
  console.error(error.stdout || error);
  process.exitCode = 1;
} finally {
  await rm(work, { recursive: true, force: true });
  await rm(`${work}-old`, { recursive: true, force: true });
}
