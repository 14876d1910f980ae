// Bundles the simulation with the runtime's sources, and runs it: node run.mjs [--seconds N] [--start N] [--seed N] [--state file]
import { run, stateOf } from "../../scripts/lib.mjs";
import { bundle } from "./bundle.mjs";

// Schedules make much garbage: so a seventh of the CPU time is spared.
const flags = ["--enable-source-maps", "--single-threaded-gc", "--max-semi-space-size=64"];
const args = process.argv.slice(2);
if (args.includes("--state"))
  args.push("--commit", stateOf("HEAD", "packages/runtime/src", "tests/simulation/src", "tests/simulation/cases"));
const file = await bundle("main", { whole: args.includes("--blocks") });
if (!run(process.execPath, [...flags, file, ...args])) process.exitCode = 1;
