// Bundles the simulation with the runtime's sources, and runs it: node run.mjs [--seconds N] [--start N] [--seed N]
import { run } from "../../scripts/lib.mjs";
import { bundle } from "./bundle.mjs";

const args = process.argv.slice(2);
const file = await bundle("main", { whole: args.includes("--blocks") });
if (!run(process.execPath, ["--enable-source-maps", file, ...args])) process.exitCode = 1;
