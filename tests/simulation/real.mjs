// The same random programs over real sockets: node real.mjs [--seconds N] [--start N] [--seed N]
import { run } from "../../scripts/lib.mjs";
import { bundle } from "./bundle.mjs";

const file = await bundle("real");
if (!run(process.execPath, ["--enable-source-maps", file, ...process.argv.slice(2)])) process.exitCode = 1;
