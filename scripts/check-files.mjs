// Holds what no linter here does: files stay short, and no test is skipped, focused or left for later.
import { readFileSync } from "node:fs";
import { listFiles, report, root } from "./lib.mjs";

const maxLines = 600;
const generated = /_(pb|connect|init|codec)\.ts$|\/(gen|golden)\//;
const skipped =
  /^\s*(?:(?:it|test|describe)(?:\.\w+)*\.(?:skip|only|todo|failing)\b|(?:xit|xtest|xdescribe|fit|fdescribe)\()/;

const problems = [];
for (const file of listFiles("*.ts", "*.mjs", "*.cjs", "*.js", ".ci/run")) {
  if (generated.test(file)) continue;
  const lines = readFileSync(root + file, "utf8").split("\n");
  if (lines.length > maxLines + 1) problems.push(`${file}: ${lines.length - 1} lines, the limit is ${maxLines}`);
  lines.forEach((line, index) => {
    if (skipped.test(line)) problems.push(`${file}:${index + 1}: a test that does not run`);
  });
}
report("files", problems);
