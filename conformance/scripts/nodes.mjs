// A file of its own: several scripts look for a version of Node.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fail } from "./lib.mjs";

const require = createRequire(import.meta.url);

/** Node of a major version; where there is no package with it, what runs this command. */
export function nodeOf(major) {
  let path = process.execPath;
  try {
    path = join(dirname(require.resolve(`node-${major}/package.json`)), "bin", "node");
  } catch {
    // The packages are for Linux on x64.
  }
  const { status, stdout } = spawnSync(path, ["--version"], { encoding: "utf8" });
  if (status !== 0) fail(`${path} does not run`);
  return { path, version: stdout.trim() };
}
