// Builds the package in the working directory: `tsc` twice, ES modules into dist/esm and CommonJS into dist/cjs. Where the doors are
// bundled, `tsc` runs once, into dist/tree, which is not published: of it are the parts for bundlers (bundle-parts.mjs) and the
// declarations (bundle-types.mjs) in dist/esm, and the declarations in dist/cjs; the bundles for Node (bundle.mjs) are in dist/bundle.
// It works in a folder of its own and swaps at the end, so whoever reads dist meanwhile sees a whole build.
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { buildStamp, stampFile } from "./build-stamp.mjs";
import { bundle, bundledDoors } from "./bundle.mjs";
import { bundleParts } from "./bundle-parts.mjs";
import { bundleTypes } from "./bundle-types.mjs";
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

/** Waits for all before it fails: what still runs would write into a folder that is removed. */
async function all(...steps) {
  for (const { reason } of await Promise.allSettled(steps)) if (reason !== undefined) throw reason;
}

const stamp = buildStamp();
if (existsSync("dist") && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) process.exit();

try {
  const manifest = JSON.parse(readFileSync("package.json", "utf8"));
  const doors = bundledDoors(manifest);
  await mkdir(`${work}/cjs`, { recursive: true });
  await writeFile(`${work}/cjs/package.json`, '{ "type": "commonjs" }\n');
  if (doors.length > 0) {
    await all(bundle(doors, `${work}/bundle`), compile(`${work}/tree`));
    await all(
      bundleParts(resolve(work, "tree"), doors, `${work}/esm`),
      bundleTypes(resolve(work, "tree"), doors, [`${work}/esm`, `${work}/cjs`]),
    );
  } else {
    await all(compile(`${work}/esm`), compile(`${work}/cjs`, commonjs));
    pruneDeclarations(manifest, work);
  }
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
