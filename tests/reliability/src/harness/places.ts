// The other Nodes that tests/places/run.mjs installs.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../places/", import.meta.url));

/** Programs to run a server with, by name: this Node, and those of tests/places that are installed. */
export function nodes(): ReadonlyMap<string, string> {
  const found = new Map([[`node-${process.versions.node.split(".")[0]}`, process.execPath]]);
  for (const name of ["node-22", "node-24", "node-26"]) {
    const program = `${folder}.cache/node_modules/${name}/bin/node`;
    if (!found.has(name) && existsSync(program) && spawnSync(program, ["--version"]).status === 0) {
      found.set(name, program);
    }
  }
  return found;
}
