// Runs the tests.
//   pnpm test                   on the sources, then the same ones on what `build` made, which is what is published
//   pnpm test <jest options>    these tests, on the sources
//   pnpm test:peers             against programs that do not come from npm
// With TEST_RESULTS_DIR set, jest's results are written there as JSON.
import { run } from "./lib.mjs";

const configs = { source: "jest.config.js", dist: "jest.dist.config.js", peers: "tests/peers/jest.config.js" };

const args = process.argv.slice(2);
const named = args[0] in configs ? [args.shift()] : args.length > 0 ? ["source"] : ["source", "dist"];
const passed = [run("pnpm", ["run", "build"]), ...named.map((name) => jest(name, args))];
process.exitCode = passed.includes(false) ? 1 : 0;

function jest(name, selection) {
  console.log(`\ntests: ${name}`);
  const results = process.env.TEST_RESULTS_DIR;
  const output = results === undefined ? [] : ["--json", `--outputFile=${results}/${name}.json`];
  // forceExit: a leak fails its file (tests/setup/leak-environment.mjs) and then must not keep the process alive.
  const options = ["--config", configs[name], "--forceExit", "--maxWorkers=100%", ...output, ...selection];
  return run(process.execPath, ["node_modules/jest/bin/jest.js", ...options], {
    env: { NODE_OPTIONS: "--experimental-vm-modules --disable-warning=ExperimentalWarning" },
    // A test that spins cannot be timed out by jest.
    timeout: 10 * 60_000,
    killSignal: "SIGKILL",
  });
}
