import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fail } from "./lib.mjs";

const require = createRequire(import.meta.url);

/** The versions of Node to test, oldest first, and the configuration that each can do. */
export function nodes() {
  const found = ["node-20", "node-26"].map(packaged).filter((node) => node !== undefined);
  if (found.length > 0) return found;
  // The packages with Node are for Linux on x64; elsewhere it is what runs this command.
  return [inspect(process.execPath) ?? fail("cannot run node")];
}

function packaged(name) {
  let manifest;
  try {
    manifest = require.resolve(`${name}/package.json`);
  } catch {
    return undefined;
  }
  return inspect(join(dirname(manifest), "bin", "node"));
}

function inspect(path) {
  const program = "console.log(JSON.stringify([process.version, 'zstdCompress' in require('node:zlib')]))";
  const { status, stdout } = spawnSync(path, ["-e", program], { encoding: "utf8" });
  if (status !== 0) return undefined;
  const [version, zstd] = JSON.parse(stdout);
  return { path, version, config: zstd ? "full" : "without-zstd" };
}
