// What takes too long for each change, one after the other: pnpm nightly [words of the steps' names] [-- arguments in place of theirs]
// The result, with date and commit, goes to docs/nightly.md, which is committed. Steps with a state go on where their last run
// ended, and pass when the sum of their runs is enough: `--seconds N` after theirs ends one run earlier.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { outputOf, readJson, root } from "./lib.mjs";

/** Each is a script of package.json with its arguments. One that comes twice has a word more in its name. */
const steps = [
  ["test:mutations"],
  ["conformance:places"],
  ["fuzz:hpack go", "--blocks", "10000000", "--peers", "go"],
  ["fuzz:hpack python", "--blocks", "1000000", "--peers", "python"],
  ["fuzz:http2", "600"],
  ["soak", "10000000", "--state", "tests/http2/soak/sum.json"],
  ["simulate", "--seconds", "3600", "--state", "tests/simulation/ledger.json"],
  ["simulate:real", "--seconds", "600"],
  ["simulate:mutants", "--count", "200", "--seconds", "10"],
  ["reliability", "R12", "R13", "R16", "R20", "--long", "--write"],
  ["bench:floods"],
  ["bench"],
];
const given = process.argv.slice(2);
const dashes = given.indexOf("--");
const words = dashes < 0 ? given : given.slice(0, dashes);
/** For a part of a step, where there is no time for the whole: its row says so. */
const others = dashes < 0 ? undefined : given.slice(dashes + 1);
const { scripts } = readJson("package.json");
const missing = steps.filter(([name]) => !(scriptOf(name) in scripts));
if (missing.length > 0) throw new Error(`package.json has no script ${missing.map(([name]) => name)}`);

const commit = outputOf("git", ["rev-parse", "--short", "HEAD"]).trim();
const date = new Date().toISOString().slice(0, 10);
let failed = 0;
for (const [name, ...whole] of steps) {
  if (words.length > 0 && !words.some((word) => isMeant(name, word))) continue;
  const args = others ?? whole;
  const start = performance.now();
  console.log(`=== ${name}`);
  const ran = spawnSync("npx", ["-y", "pnpm@10.34.9", "run", scriptOf(name), ...args], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "inherit"],
  });
  process.stdout.write(ran.stdout);
  const ok = ran.status === 0;
  if (!ok) failed++;
  const minutes = ((performance.now() - start) / 60_000).toFixed(1);
  const last = ran.stdout.trimEnd().split("\n").at(-1)?.replaceAll("|", "/") ?? "";
  const part = others === undefined ? "" : `a part, with ${others.join(" ")} in place of ${whole.join(" ")}: `;
  writeRow(name, `| \`${name}\` | ${ok ? "ok" : "FAILED"} | ${minutes} | ${date} | ${commit} | ${part}${last} |`);
}
console.log(`${words.length > 0 ? "some steps" : "all steps"}: ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** A whole name means its step alone, part of one all that have it. */
function isMeant(name, word) {
  return steps.some(([other]) => other === word) ? name === word : name.includes(word);
}

function scriptOf(name) {
  return name.split(" ")[0];
}

/** What all runs of the simulation came to. */
function ledger() {
  const file = "tests/simulation/ledger.json";
  if (!existsSync(root + file)) return "";
  const { runs, cells } = readJson(file);
  const counts = Object.values(cells).flatMap((row) =>
    row
      .split(",")
      .map(Number)
      .filter((n) => n > 0),
  );
  const sum = (of) => runs.reduce((all, run) => all + run[of], 0);
  const rows = runs.map((run) => `| ${run.date} | ${run.commit} | ${run.count} | ${run.failed} |`);
  return `
## Schedules of the simulation

The sum of all runs with \`--state ${file}\`. A cell is a fault, in a phase of a connection, beside an open call of a kind, over a protocol, on a side. Of the ${counts.length} cells that were met, ${counts.filter((n) => n >= 1000).length} were met 1,000 times or more, ${counts.filter((n) => n >= 100).length} 100 times or more.

| date | commit | schedules | failed |
| --- | --- | --: | --: |
${rows.join("\n")}
| | in all | ${sum("count")} | ${sum("failed")} |
`;
}

/** Puts the row of a step in place of its last one. The page is read anew: other steps may have ended since. */
function writeRow(name, row) {
  const page = `${root}docs/nightly.md`;
  const before = existsSync(page) ? readFileSync(page, "utf8") : "";
  const rows = new Map([...before.matchAll(/^\| `([^`]+)` \| .*$/gm)].map(([line, step]) => [step, line]));
  rows.set(name, row);
  const known = steps.flatMap(([step]) => rows.get(step) ?? []);
  const head = `# The long tests

What \`pnpm nightly\` said last, on ${cpus().length} cores. Each row is one of its steps, and tells the last line that it printed.

| step | result | minutes | date | commit | |
| --- | --- | --: | --- | --- | --- |
`;
  writeFileSync(page, `${head}${known.join("\n")}\n${ledger()}`);
}
