// Builds the packages, those whose folders are named or all, unless they are built already. Many commands ask for it first, and
// a process for each package that finds nothing to do takes longer than some of those commands.
import { existsSync, readFileSync } from "node:fs";
import { buildStamp, stampFile } from "./build-stamp.mjs";
import { mustRun, publicPackages, root } from "./lib.mjs";

const wanted = process.argv.slice(2);
const dirs = wanted.length > 0 ? wanted : publicPackages().map(({ dir }) => dir);

function isBuilt(dir) {
  process.chdir(root + dir);
  return existsSync("dist") && existsSync(stampFile) && readFileSync(stampFile, "utf8") === buildStamp();
}

if (!dirs.every(isBuilt)) {
  mustRun("pnpm", ["-r", ...dirs.flatMap((dir) => ["--filter", `./${dir}`]), "run", "build"]);
}
