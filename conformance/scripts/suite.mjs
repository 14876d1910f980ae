import { spawn } from "node:child_process";
import { join } from "node:path";

const summary = /^Total cases: (\d+)\n(\d+) passed, (\d+) failed/m;

/** Runs the suite in one mode under one version of Node; true when all passed, and as many as are expected. */
export async function runSuite({ packageDir, runner, mode, node, flags, expected }) {
  const bin = (name) => [node.path, "--enable-source-maps", join(packageDir, ".cache", "bin", `${name}.mjs`)];
  const programs = mode === "both" ? [...bin("client"), "----", ...bin("server")] : bin(mode);
  const config = join(packageDir, "config", `${node.config}.yaml`);
  console.log(`\n${mode} under Node ${node.version}, ${node.config}`);
  const start = performance.now();
  const { status, output } = await run(runner, ["--mode", mode, "--conf", config, ...flags, "--", ...programs]);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  const [, total, passed, failed] = (summary.exec(output) ?? []).map(Number);
  const wanted = expected === undefined ? "" : `, expected ${expected}`;
  console.log(
    `${mode} ${node.version}: ${total ?? "no"} cases${wanted}: ${passed ?? 0} passed, ${failed ?? 0} failed, ${seconds} s`,
  );
  if (status !== 0 || total === undefined || failed !== 0) return false;
  if (expected === undefined || total === expected) return true;
  console.error(
    `The number of cases is not the expected one: the configuration, or the suite, is another (expected.json).`,
  );
  return false;
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const [stream, ours] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
        ours.write(text);
      });
    }
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, output }));
  });
}
