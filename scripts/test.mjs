// Runs the tests.
//   pnpm test                   on the sources
//   pnpm test <jest options>    some of them
//   pnpm test:dist              on what `build` made, which is what is published (but for what jest.dist.config.js leaves out)
//   pnpm test:peers             against programs that do not come from npm
//   pnpm test:browser           in Debian's Chromium and Firefox
// With TEST_RESULTS_DIR set, jest's results are written there as JSON.
import { run, runWithin, testWorkers } from "./lib.mjs";

const configs = {
  source: "jest.config.js",
  dist: "jest.dist.config.js",
  peers: "tests/peers/jest.config.js",
  browser: "tests/browser/jest.config.js",
};

const args = process.argv.slice(2);
const name = args[0] in configs ? args.shift() : "source";
const built = run(process.execPath, ["scripts/ensure-built.mjs"]);
const results = process.env.TEST_RESULTS_DIR;
const output = results === undefined ? [] : ["--json", `--outputFile=${results}/${name}.json`];
// forceExit: a leak fails its file (tests/setup/leak-environment.mjs) and then must not keep the process alive.
const options = ["--config", configs[name], "--forceExit", `--maxWorkers=${testWorkers}`, ...output, ...args];
// tests/behaviour/garbage.test.ts looks at young objects, and earlier files of its process must not make them old.
const v8 = "--no-allocation-site-pretenuring";
// A test that spins cannot be timed out by jest.
const passed = await runWithin(20 * 60_000, process.execPath, [v8, "node_modules/jest/bin/jest.js", ...options], {
  env: { NODE_OPTIONS: "--experimental-vm-modules --disable-warning=ExperimentalWarning" },
});
process.exitCode = built && passed ? 0 : 1;
