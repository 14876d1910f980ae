// Runs each `lint:` script of package.json, also after one that fails.
import { readJson, report, run } from "./lib.mjs";

const names = Object.keys(readJson("package.json").scripts).filter((name) => name.startsWith("lint:"));
report(
  "lint",
  names.filter((name) => !run("pnpm", ["run", name])).map((name) => `${name} fails`),
);
