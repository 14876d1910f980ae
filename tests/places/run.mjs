// Runs the behaviour tests in other places than Node 20, and prints a table:
//   node run.mjs [place...] [test file...] [--files <pattern>] [--tests <pattern>]
//   node run.mjs --write     and puts the table into docs/where-it-runs.md
// Each test file is bundled with jest.ts, and runs in a process of its own.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { listFiles, root } from "../../scripts/lib.mjs";
import { cache, installPrograms, places, programOf } from "./programs.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const readJson = (name) => JSON.parse(readFileSync(join(here, name), "utf8"));
/** What a platform cannot do: tests that fail there, and have to. */
const impossible = readJson("impossible.json");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    files: { type: "string", default: "." },
    tests: { type: "string", default: "." },
    write: { type: "boolean", default: false },
  },
});
const named = positionals.filter((name) => name.endsWith(".ts"));
const inPlaces = positionals.filter((name) => !named.includes(name));
const unknown = inPlaces.filter((name) => !(name in places));
if (unknown.length > 0) throw new Error(`no such place: ${unknown}; there are ${Object.keys(places)}`);
const chosen = inPlaces.length > 0 ? inPlaces : Object.keys(places);
/** Those of the table: the others have tests of their own. */
const columns = chosen.filter((place) => places[place].runs === undefined);
// What we lean on in Node is looked at on each Node; other platforms have modules of the same names that do otherwise.
const ofNode = "packages/runtime/src/node/platform/";
const isOfNode = (file) => file.startsWith(ofNode) || file.endsWith(".node.test.ts");
/** Those of a place that has its own. */
const own = Object.values(places).flatMap(({ runs }) => runs ?? []);
const files = [
  ...listFiles("tests/behaviour/*.test.ts", "tests/correctness/*.test.ts", `${ofNode}*.test.ts`),
  ...own,
].filter((file) => new RegExp(values.files).test(file) && (named.length === 0 || named.includes(file)));

/** A platform's own HTTP/2, which the servers of some tests stand on, ended the process. None of our code is in it. */
const abortOfPlatform = /nghttp2_\w+\.c:\d+: .*Assertion/;
/** How often a file runs at most when that happens. */
const mostRuns = 3;

// What packages that are CommonJS expect to have.
const commonjs = [
  'import { createRequire as requireOf } from "node:module";',
  "const require = requireOf(import.meta.url);",
  "const __dirname = import.meta.dirname;",
].join("\n");

installPrograms();
await bundleWorker();
const needed = files.filter((file) => chosen.some((place) => runsIn(place, file)));
const bundles = await Promise.all(needed.map(bundle));
const results = new Map(chosen.map((place) => [place, []]));
const work = chosen.flatMap((place) =>
  bundles.filter(({ file }) => runsIn(place, file)).map((file) => ({ place, ...file })),
);
const runNext = async () => {
  for (let next = work.shift(); next !== undefined; next = work.shift()) {
    const ran = await runIn(next.place, next.bundled);
    results.get(next.place).push(...ran.map((result) => ({ ...result, file: next.file })));
  }
};
await Promise.all(Array.from({ length: availableParallelism() }, runNext));
printResults();

function runsIn(place, file) {
  const { runs } = places[place];
  if (runs !== undefined || own.includes(file)) return runs?.includes(file) ?? false;
  return place.startsWith("node") || !isOfNode(file);
}

/** One file with all that a test file needs, the runtime's sources too. */
async function bundle(file) {
  const bundled = join(cache, `${basename(file).replace(/\.(test|place)\.ts$/, "")}.mjs`);
  const source = `
    import "${root}${file}";
    import { runAll } from "${here}jest.ts";
    await runAll(new RegExp(process.env.TESTS), (result) => console.log("@result " + JSON.stringify(result)));
    process.exit(0);`;
  await build({
    stdin: { contents: source, resolveDir: here },
    outfile: bundled,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "es2022",
    sourcemap: "inline",
    logLevel: "warning",
    banner: { js: commonjs },
    nodePaths: [join(here, "node_modules")],
    // A test file is nothing but side effects, which its package says it has not.
    ignoreAnnotations: true,
    plugins: [{ name: "sources", setup: toSources }],
  });
  return { file, bundled };
}

/** What workerd runs, beside its configuration. */
async function bundleWorker() {
  await build({
    entryPoints: [join(here, "src/worker.ts")],
    outfile: join(cache, "worker.mjs"),
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd"],
    external: ["node:*"],
    logLevel: "warning",
    plugins: [{ name: "sources", setup: toSources }],
  });
}

/** As jest.config.js has it: names of packages mean their sources. */
function toSources({ onResolve }) {
  onResolve({ filter: /^@jest\/globals$/ }, () => ({ path: join(here, "jest.ts") }));
  onResolve({ filter: /^@connect-ts\/runtime/ }, ({ path }) => {
    const door = path.slice("@connect-ts/runtime".length);
    return { path: `${root}packages/runtime/src${door === "/transport" ? "/transport.ts" : `${door}/index.ts`}` };
  });
}

async function runIn(place, file, runs = 1) {
  const ran = await runOnce(place, file);
  const abort = ran.some(({ error }) => error !== undefined && abortOfPlatform.test(error));
  if (!abort || runs === mostRuns) return ran;
  console.log(
    `platform: ${place}: nghttp2, which is the platform's, ended the process of ${basename(file, ".mjs")}: it runs again`,
  );
  return runIn(place, file, runs + 1);
}

async function runOnce(place, file) {
  const { args = [], runs } = places[place];
  const binary = programOf(place);
  const name = basename(file, ".mjs");
  // workerd cannot run a test: it runs a worker, which a test on Node talks to.
  const [command, ...given] = runs === undefined ? [binary, ...args, file] : [process.execPath, file];
  const child = spawn(command, given, {
    env: {
      ...process.env,
      TESTS: values.tests,
      NODE_OPTIONS: "",
      WORKERD: binary,
      WORKERD_CONFIG: join(here, "src/workerd.capnp"),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const timer = setTimeout(() => child.kill("SIGKILL"), 5 * 60_000);
  const [code, signal] = await new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (...ended) => resolve(ended));
  });
  clearTimeout(timer);
  const lines = output.split("\n");
  const found = lines.flatMap((line) => (line.startsWith("@result ") ? [JSON.parse(line.slice(8))] : []));
  if (code !== 0) {
    const last = lines.filter((line) => !line.startsWith("@result ")).slice(-30);
    found.push({ name: "the whole file", error: `ended by ${signal ?? code}\n${last.join("\n")}` });
  }
  return found.map((result) => ({ ...result, name: `${name}: ${result.name}` }));
}

function ruleOf(place, { name }) {
  return impossible.find((rule) => rule.places.includes(place) && new RegExp(rule.tests).test(name));
}

function printResults() {
  let failures = 0;
  const rows = [["place", "passed", "failed", "not possible there"]];
  const failedTests = [];
  for (const [place, ran] of results) {
    const failed = ran.filter((result) => (result.error !== undefined) !== (ruleOf(place, result) !== undefined));
    for (const result of failed) {
      const text = result.error?.slice(0, 1500) ?? `passes, and impossible.json says: ${ruleOf(place, result).reason}`;
      console.log(`${place}: ${result.name}\n${text.replaceAll(/^/gm, "    ")}\n`);
      failedTests.push({ file: result.file, fullName: `${place}: ${result.name}`, failureMessages: [text] });
    }
    failures += failed.length;
    const excused = ran.filter((result) => result.error !== undefined && ruleOf(place, result) !== undefined).length;
    rows.push([place, ran.length - failed.length - excused, failed.length, excused]);
  }
  for (const row of [...rows, [], ...tableRows()]) console.log(row.map((cell) => String(cell).padEnd(20)).join(""));
  for (const { places: at, tests, reason } of impossible) {
    if (at.some((place) => results.has(place))) console.log(`platform: ${at.join(", ")}: ${reason} (${tests})`);
  }
  const passed = [...results.values()].flat().length - failures;
  console.log(`${passed} passed, ${failures} failed`);
  process.exitCode = failures === 0 && passed > 0 ? 0 : 1;
  // As scripts/test.mjs does it.
  const folder = process.env.TEST_RESULTS_DIR;
  if (folder !== undefined) {
    const testResults = failedTests.map(({ file, ...test }) => {
      return { name: root + file, status: "failed", assertionResults: [{ ...test, status: "failed" }] };
    });
    const counts = { numPassedTests: passed, numFailedTests: failures, numRuntimeErrorTestSuites: 0, testResults };
    writeFileSync(join(folder, "runtimes.json"), JSON.stringify(counts));
  }
  if (values.write && failures === 0) writePage();
}

/** Client and server, protocol, and in each place how many tests pass with them. */
function tableRows() {
  const pairs = "HTTP/1\\.1|h2c|HTTP/2 with TLS|in-process|fetch client to a Node server|fetch handler";
  const protocols = "connect|grpc-web|grpc";
  const named = new RegExp(
    `(?<protocol>${protocols}) over (?<pair>${pairs})|(?<pair2>${pairs}) (?<protocol2>${protocols}),`,
  );
  const cells = new Map();
  for (const [place, ran] of results) {
    for (const result of ran) {
      const found = result.error === undefined ? named.exec(result.name)?.groups : undefined;
      if (found === undefined) continue;
      const row = `${found.pair ?? found.pair2}|${found.protocol ?? found.protocol2}`;
      if (!cells.has(row)) cells.set(row, new Map());
      cells.get(row).set(place, (cells.get(row).get(place) ?? 0) + 1);
    }
  }
  const lines = [...cells].sort(([a], [b]) => (a < b ? -1 : 1));
  const body = lines.map(([row, counts]) => [...row.split("|"), ...columns.map((place) => counts.get(place) ?? 0)]);
  return [["client and server", "protocol", ...columns], ...body];
}

/** Puts the table between the marks of the page. */
function writePage() {
  const file = `${root}docs/where-it-runs.md`;
  const [head, ...body] = tableRows();
  const versions = columns.map((place) => places[place].package.replace(/^.*@/, ""));
  const line = (row) => `| ${row.join(" | ")} |`;
  const failing = impossible.map((rule) => `- ${rule.places.join(", ")}: ${rule.reason}.`);
  const table = [
    `Tests that pass, on ${new Date().toISOString().slice(0, 10)}:`,
    "",
    line(head),
    line(["---", "---", ...columns.map(() => "--:")]),
    line(["version", "", ...versions]),
    ...body.map(line),
    "",
    "What a platform cannot do, as a test shows that fails there:",
    "",
    ...failing,
  ].join("\n");
  const page = readFileSync(file, "utf8");
  writeFileSync(
    file,
    page.replace(/(<!-- table -->\n)[\s\S]*(\n<!-- end of table -->)/, (_, from, to) => from + table + to),
  );
}
