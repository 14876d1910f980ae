// Holds what no linter here does: files stay short, those that are very short say why, time is asked in one place, no test is skipped, focused or left for later, and calls leave nothing
// to V8's old objects.
import { existsSync, readFileSync } from "node:fs";
import { listFiles, report, root } from "./lib.mjs";

const maxLines = 400;
const generated = /_(pb|connect|init|codec)\.ts$|\/(gen|golden)\//;
const skipped =
  /^\s*(?:(?:it|test|describe)(?:\.\w+)*\.(?:skip|only|todo|failing)\b|(?:xit|xtest|xdescribe|fit|fdescribe)\()/;

/** V8 puts such a function among its old objects, and what it leads to stays until a full collection: docs/decisions/0015. */
const oldFunction = /^\s*this\.\w+ = (?:async )?(?:\(.*\)|\w+)(?:: .*)? =>/;
/** Files below this length say in their first line, a comment that begins with "// ", why they stand apart: all but tests beside their source. */
const minLines = 30;

/** What asks a clock, sets a timer or draws a random number. In the runtime only time.ts does: a simulator replaces that. */
const timeOrChance =
  /\b(?:set|clear)(?:Timeout|Interval|Immediate)\b(?!\(\): )|\b(?:Date|performance)\.now\b|\bMath\.random\b|\bAbortSignal\.timeout\b|\bnew Date\(\)|\bhrtime\b/;
const comment = /^\s*(?:\/?\*|\/\/)/;
const runtime = /^packages\/runtime\/src\/(?!testing\/)(?!.*\.test\.ts$)/;

const problems = [];
for (const file of listFiles("*.ts", "*.mjs", "*.cjs", "*.js", ".ci/run")) {
  if (generated.test(file)) continue;
  const lines = readFileSync(root + file, "utf8").split("\n");
  if (lines.length > maxLines + 1) problems.push(`${file}: ${lines.length - 1} lines, the limit is ${maxLines}`);
  const besideSource = file.endsWith(".test.ts") && existsSync(root + file.replace(".test.ts", ".ts"));
  if (lines.length - 1 < minLines && !lines[0].startsWith("// ") && !besideSource) {
    problems.push(`${file}: ${lines.length - 1} lines, and the first does not say why they are a file of their own`);
  }
  lines.forEach((line, index) => {
    if (runtime.test(file) && !file.endsWith("src/time.ts") && timeOrChance.test(line) && !comment.test(line)) {
      problems.push(`${file}:${index + 1}: time and chance come from src/time.ts`);
    }
    if (skipped.test(line)) problems.push(`${file}:${index + 1}: a test that does not run`);
    if (runtime.test(file) && oldFunction.test(line)) {
      problems.push(
        `${file}:${index + 1}: a function assigned to a property right away; name it first, then assign it`,
      );
    }
  });
}
for (const file of listFiles("*.css", "*.html", "*.tsx", "*.vue", "*.svelte", "*.astro")) {
  const lines = readFileSync(root + file, "utf8").split("\n").length - 1;
  if (lines > maxLines) problems.push(`${file}: ${lines} lines, the limit is ${maxLines}`);
}
for (const file of listFiles("*.md", "*.json", "*.yaml", ".ci/run", "*.ts", "*.mjs")) {
  const at = /^(?:<{7}|>{7}) /m.exec(readFileSync(root + file, "utf8"));
  if (at !== null) problems.push(`${file}: two versions that were not put together ("${at[0]}")`);
}
report("files", problems);
