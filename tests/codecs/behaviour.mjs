// Runs the tests of behaviour with generated codecs: node behaviour.mjs [jest options]
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { testWorkers } from "../../scripts/lib.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../..");
const out = join(here, ".cache/gen");
const PATH = [join(root, "node_modules/.bin"), process.env.PATH].join(delimiter);

rmSync(out, { recursive: true, force: true });
run("buf", ["generate", join(root, "proto"), "--template", join(here, "buf.gen.yaml"), "-o", out]);
// As scripts/test.mjs does it.
const results = process.env.TEST_RESULTS_DIR;
const json = results === undefined ? [] : ["--json", `--outputFile=${results}/codecs.json`];
const jest = [join(root, "node_modules/jest/bin/jest.js"), "--config", join(here, "jest.config.js"), "--forceExit"];
run(process.execPath, [...jest, `--maxWorkers=${testWorkers}`, ...json, ...process.argv.slice(2)]);

function run(program, args) {
  const NODE_OPTIONS = "--experimental-vm-modules --disable-warning=ExperimentalWarning";
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PATH, NODE_OPTIONS },
  });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(1);
}
