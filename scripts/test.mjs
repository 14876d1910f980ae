// Runs the tests: once on the sources, then the same ones on what `build` made, which is what is published.
//   pnpm test                 both
//   pnpm test <jest options>  these tests, on the sources
// With TEST_RESULTS_DIR set, jest's results are written there as JSON.
import { run } from "./lib.mjs";

const selection = process.argv.slice(2);
const passed = [run("pnpm", ["run", "build"]), jest("source", "jest.config.js", selection)];
if (selection.length === 0) passed.push(jest("dist", "jest.dist.config.js", []));
process.exitCode = passed.includes(false) ? 1 : 0;

function jest(name, config, args) {
  console.log(`\ntests on ${name}`);
  const results = process.env.TEST_RESULTS_DIR;
  const output = results === undefined ? [] : ["--json", `--outputFile=${results}/${name}.json`];
  // forceExit: a leak fails its file (tests/setup/leak-environment.mjs) and then must not keep the process alive.
  const options = ["--config", config, "--forceExit", "--maxWorkers=100%", ...output, ...args];
  return run(process.execPath, ["node_modules/jest/bin/jest.js", ...options], {
    env: { NODE_OPTIONS: "--experimental-vm-modules --disable-warning=ExperimentalWarning" },
    // A test that spins cannot be timed out by jest.
    timeout: 10 * 60_000,
    killSignal: "SIGKILL",
  });
}
