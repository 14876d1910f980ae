// Holds what no linter here does: files stay short, no test is skipped, focused or left for later, and calls leave nothing
// to V8's old objects.
import { readFileSync } from "node:fs";
import { listFiles, report, root } from "./lib.mjs";

const maxLines = 600;
const generated = /_(pb|connect|init|codec)\.ts$|\/(gen|golden)\//;
const skipped =
  /^\s*(?:(?:it|test|describe)(?:\.\w+)*\.(?:skip|only|todo|failing)\b|(?:xit|xtest|xdescribe|fit|fdescribe)\()/;

/** V8 puts such a function among its old objects, and what it leads to stays until a full collection: docs/decisions/0015. */
const oldFunction = /^\s*this\.\w+ = (?:async )?(?:\(.*\)|\w+)(?:: .*)? =>/;
const runtime = /^packages\/runtime\/src\/(?!testing\/)(?!.*\.test\.ts$)/;

const problems = [];
for (const file of listFiles("*.ts", "*.mjs", "*.cjs", "*.js", ".ci/run")) {
  if (generated.test(file)) continue;
  const lines = readFileSync(root + file, "utf8").split("\n");
  if (lines.length > maxLines + 1) problems.push(`${file}: ${lines.length - 1} lines, the limit is ${maxLines}`);
  lines.forEach((line, index) => {
    if (skipped.test(line)) problems.push(`${file}:${index + 1}: a test that does not run`);
    if (runtime.test(file) && oldFunction.test(line)) {
      problems.push(
        `${file}:${index + 1}: a function assigned to a property right away; name it first, then assign it`,
      );
    }
  });
}
report("files", problems);
