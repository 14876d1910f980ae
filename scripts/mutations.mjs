// Brings faults back, one at a time, and shows that a test fails with each: pnpm test:mutations [words of their names]
// A fault is a file of tests/mutations: { fault, edits: [{ file, find, replace }], tests }. `find` stands once in its file.
// The tests run in copies of the tree, twice: as it is, where all pass, and with the edits, where one fails.
// With --check nothing runs: it fails when a file does not fit the sources, or a line of tests/simulation/survivors.mjs.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { survivors } from "../tests/simulation/survivors.mjs";
import { listFiles, mustRun, readJson, report, root, runWithin } from "./lib.mjs";
import { applyEdits, failuresIn } from "./mutation.mjs";

const folder = "tests/mutations";
/** A mutant may loop, which no limit of jest ends. */
const maxMs = 5 * 60_000;
const noEnd = `no end within ${maxMs / 1000} s`;
/** Copies that run at the same time. */
const copies = 2;

const check = process.argv.includes("--check");
const words = process.argv.slice(2).filter((word) => word !== "--check");
const mutations = readdirSync(root + folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => ({ name: basename(file, ".json"), ...readJson(`${folder}/${file}`) }))
  .filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
if (mutations.length === 0) throw new Error(`no file of ${folder} has a name with ${words.join(" or ")}`);

/** A line of the runtime whose mutants live must be there. */
function goneFrom(survivor) {
  const [, file, line] = /^(\S+): (.*)$/.exec(survivor);
  const lines = readFileSync(`${root}packages/runtime/src/${file}`, "utf8").split("\n");
  return lines.some((text) => text.trim() === line)
    ? []
    : [`tests/simulation/survivors.mjs: there is no such line: ${survivor}`];
}

if (check) {
  const problems = mutations.flatMap((mutation) => {
    const problem = problemOf(mutation);
    return problem === undefined ? [] : [`${folder}/${mutation.name}.json: ${problem}`];
  });
  report("mutations", [...problems, ...survivors.flatMap(({ lines }) => lines).flatMap(goneFrom)]);
  process.exit();
}

mustRun(process.execPath, ["scripts/ensure-built.mjs"]);
mkdirSync(`${root}.cache`, { recursive: true });
const work = mkdtempSync(`${root}.cache/mutations-`);
process.on("exit", () => rmSync(work, { recursive: true, force: true }));

const rows = new Map(mutations.map(({ name }) => [name, undefined]));
const sound = mutations.filter((mutation) => {
  const problem = problemOf(mutation);
  if (problem !== undefined) rows.set(mutation.name, { ok: false, text: problem });
  return problem === undefined;
});
const folders = Array.from({ length: copies }, (_, index) => copyOfTree(`${work}/${index}`));

const before = await jest(folders[0], [...new Set(sound.flatMap(({ tests }) => tests))], copies);
const queue = sound.filter(({ name, tests }) => {
  const broken = before && failuresIn(before).find(({ file }) => tests.some((test) => file.endsWith(`/${test}`)));
  const text = before === undefined ? noEnd : broken?.text;
  if (text !== undefined) rows.set(name, { ok: false, text: `fails without the edits: ${text}` });
  return text === undefined;
});
await Promise.all(folders.map(drain));

for (const { name, fault } of mutations) {
  const { ok, text } = rows.get(name);
  console.log(`${ok ? "caught" : "NOT   "}  ${name}: ${fault}\n        ${ok ? "by" : "->"} ${text}`);
}
const caught = [...rows.values()].filter(({ ok }) => ok).length;
console.log(`mutations: ${caught} of ${rows.size} caught`);
process.exitCode = caught === rows.size ? 0 : 1;

/** Runs mutations in a copy until none is left. */
async function drain(copy) {
  for (let mutation = queue.shift(); mutation !== undefined; mutation = queue.shift()) {
    const { name, edits, tests } = mutation;
    for (const [file, text] of applyEdits(edits, read)) writeFileSync(join(copy, file), text);
    const results = await jest(copy, tests, 1);
    for (const { file } of edits) cpSync(root + file, join(copy, file));
    rows.set(name, verdict(results));
    console.log(`${rows.get(name).ok ? "caught" : "NOT   "}  ${name}`);
  }
}

function verdict(results) {
  if (results === undefined) return { ok: true, text: noEnd };
  const failures = failuresIn(results);
  const caught = failures.find(({ ran }) => ran);
  if (caught !== undefined) return { ok: true, text: caught.text };
  return { ok: false, text: failures.length > 0 ? `does not load: ${failures[0].text}` : "all tests pass" };
}

/** What is wrong with the file, before any test has run. */
function problemOf({ fault, edits, tests }) {
  if (typeof fault !== "string" || !Array.isArray(edits) || !Array.isArray(tests)) return "needs fault, edits, tests";
  const missing = tests.find((test) => !existsSync(root + test));
  if (missing !== undefined) return `there is no ${missing}`;
  try {
    applyEdits(edits, read);
  } catch (error) {
    return error.message;
  }
}

function read(file) {
  return readFileSync(root + file, "utf8");
}

/** What git knows of, and links to what it does not: installed packages and what `build` made. */
function copyOfTree(copy) {
  const files = listFiles();
  for (const file of files) cpSync(root + file, join(copy, file));
  for (const dir of new Set(files.flatMap((file) => ["", ...parents(file)]))) {
    for (const name of ["node_modules", "dist", "gen"]) {
      const [target, link] = [join(root, dir, name), join(copy, dir, name)];
      if (existsSync(target) && !existsSync(link)) symlinkSync(target, link);
    }
  }
  return copy;
}

function parents(file) {
  const dir = dirname(file);
  return dir === "." ? [] : [...parents(dir), dir];
}

/** jest's results for the tests in a copy, or undefined when they come to no end. */
async function jest(copy, tests, workers) {
  const output = join(copy, "results.json");
  rmSync(output, { force: true });
  const options = ["--config", "jest.config.js", "--forceExit", "--silent", `--maxWorkers=${workers}`];
  const selection = ["--json", `--outputFile=${output}`, "--runTestsByPath", ...tests];
  const NODE_OPTIONS = "--experimental-vm-modules --disable-warning=ExperimentalWarning";
  await runWithin(maxMs, process.execPath, ["node_modules/jest/bin/jest.js", ...options, ...selection], {
    cwd: copy,
    env: { NODE_OPTIONS },
    stdio: "ignore",
  });
  return existsSync(output) ? JSON.parse(readFileSync(output, "utf8")) : undefined;
}
