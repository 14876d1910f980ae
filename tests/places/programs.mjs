// The programs of other places than this Node, pinned in places.json, from npm: for run.mjs, tests/templates and the conformance suite.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mustRun } from "../../scripts/lib.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Where they are installed, and what run.mjs bundles. */
export const cache = join(here, ".cache");
export const places = JSON.parse(readFileSync(join(here, "places.json"), "utf8"));

/** Installs them all, unless they are there. */
export function installPrograms() {
  const wanted = Object.entries(places).map(([name, place]) => [name, place.package]);
  const manifest = JSON.stringify({ private: true, dependencies: Object.fromEntries(wanted) }, undefined, 2);
  mkdirSync(cache, { recursive: true });
  const file = join(cache, "package.json");
  if (existsSync(file) && readFileSync(file, "utf8") === manifest && existsSync(join(cache, "node_modules"))) return;
  writeFileSync(file, manifest);
  mustRun("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: cache });
}

/** The program of a place. */
export function programOf(place) {
  return join(cache, "node_modules", place, places[place].program);
}
