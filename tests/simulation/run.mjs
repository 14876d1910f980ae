// Bundles the simulation with the runtime's sources, and runs it:
// node run.mjs [--seconds N] [--start N] [--count N] [--seed N] [--blocks] [--state file] [--workers N]
// With a state file its sum is written every so often, and a later run goes on where it ended; several workers share the seeds.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { run, stateOf } from "../../scripts/lib.mjs";
import { bundle } from "./bundle.mjs";

// Schedules make much garbage, and errors whose stacks nobody reads: so a quarter of the CPU time is spared.
const flags = ["--enable-source-maps", "--single-threaded-gc", "--max-semi-space-size=64"];
const args = process.argv.slice(2);
const at = args.indexOf("--workers");
const workers = at === -1 ? 1 : Number(args.splice(at, 2)[1]);
const isLong = args.includes("--state");
if (workers > 1 && !isLong) throw new Error("several workers need a file for their sum: --state file");
if (isLong) {
  args.push("--commit", stateOf("HEAD", "packages/runtime/src", "tests/simulation/src", "tests/simulation/cases"));
  flags.push("--stack-trace-limit=0");
}
const file = await bundle("main", { whole: args.includes("--blocks") });
const whole = [...flags, file, ...args];
if (workers === 1) {
  if (!run(process.execPath, whole)) process.exitCode = 1;
} else {
  // What an interrupted run left is taken in first, and at the end what these did.
  run(process.execPath, [...whole, "--count", "0", "--quiet"]);
  const parts = Array.from({ length: workers }, (_, part) =>
    spawn(process.execPath, [...whole, "--quiet", "--part", String(part), "--parts", String(workers)], {
      stdio: "inherit",
    }),
  );
  const codes = await Promise.all(parts.map((child) => once(child, "close").then(([code]) => code)));
  run(process.execPath, [...whole, "--count", "0", "--quiet"]);
  if (codes.some((code) => code !== 0)) process.exitCode = 1;
}
