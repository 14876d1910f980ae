// Bundles the simulation with the runtime's sources, and runs it: node run.mjs [--seconds N] [--start N] [--seed N] [--state file]
import { run, stateOf } from "../../scripts/lib.mjs";
import { bundle } from "./bundle.mjs";

const args = process.argv.slice(2);
if (args.includes("--state"))
  args.push("--commit", stateOf("HEAD", "packages/runtime/src", "tests/simulation/src", "tests/simulation/cases"));
const file = await bundle("main", { whole: args.includes("--blocks") });
if (!run(process.execPath, ["--enable-source-maps", file, ...args])) process.exitCode = 1;
