import { spawn } from "node:child_process";
import { join } from "node:path";

const summary = /^Total cases: (\d+)\n(\d+) passed, (\d+) failed/m;

/**
 * Runs the suite once, and says how it went. All is well when every case passed, and there were as many as `cases` says;
 * with `flags` the runner may be told to run fewer.
 */
export async function runSuite(packageDir, runner, { label, command }, { mode, over, config, codecs, cases }, flags) {
  const programs = mode === "both" ? [...command("client"), "----", ...command("server")] : command(mode);
  const configFile = join(packageDir, "config", `${config}.yaml`);
  const start = performance.now();
  const { status, output } = await run(runner, ["--mode", mode, "--conf", configFile, ...flags, "--", ...programs]);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  const [, total = 0, passed = 0, failed = 0] = (summary.exec(output) ?? []).map(Number);
  const complete = flags.length > 0 || total === cases;
  const ok = status === 0 && total > 0 && failed === 0 && complete;
  const wanted = flags.length > 0 ? "" : `of ${cases} `;
  return {
    ok,
    text: `${ok ? "ok  " : "FAIL"} ${mode} over ${over}, ${config}${codecs === undefined ? "" : `, ${codecs} codecs`}, ${label}: ${total} ${wanted}cases, ${passed} passed, ${failed} failed, ${seconds} s`,
  };
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
