// Bundles the simulation with the runtime's sources, and runs it: node run.mjs [--seconds N] [--start N] [--seed N]
import { run } from "../../scripts/lib.mjs";
import { bundle } from "./bundle.mjs";

const file = await bundle("main");
if (!run(process.execPath, ["--enable-source-maps", file, ...process.argv.slice(2)])) process.exitCode = 1;
