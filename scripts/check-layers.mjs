// Holds the layers of packages/runtime (docs/decisions/0001-layer-order.md), over files: no import points up, types
// included, and no files of a package import each other in a circle. Holds the borders of packages too: from another
// package a file imports only what that package publishes. `--draw` prints the graph of rooms for Mermaid.
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { listFiles, publicPackages, report, root } from "./lib.mjs";

/** Tests of this repository move the runtime's clock; what is published has no name for that. */
const timeSeam = "packages/runtime/src/time.ts";

/** From the top down. Rooms on one line are side by side: they do not import each other. */
const layers = [
  ["node-http2", "lambda"],
  ["node", "fetch", "in-process", "codegen", "dynamic"],
  ["client", "handler"],
  ["protocol"],
  ["call"],
  ["framing"],
  ["message"],
  ["error"],
  ["http"],
];
/** Files that are no room. Doors export from everywhere and nothing imports them; the others may be imported from everywhere, but for the engine. */
const doors = ["index.ts", "transport.ts"];
const everywhere = ["time.ts", "check-options.ts"];
/** The HTTP/2 engine is a world of its own: it imports only itself, and of the layers only this one uses it. */
const engine = { room: "http2", usedBy: "node" };
const runtime = "packages/runtime/src/";
const ofNode = /^packages\/runtime\/src\/node(?:-http2)?\//;
const isTest = (file) => /\.test(-d)?\.ts$|\/testing\//.test(file);

const published = new Map(
  publicPackages().map(({ dir, manifest }) => [
    manifest.name,
    { dir, names: Object.keys(manifest.exports ?? {}).map((entry) => posix.join(manifest.name, entry)) },
  ]),
);
const problems = [];

/** What each source file of a package imports from its own package. */
const graph = new Map();

for (const file of listFiles("*.ts", "*.mts", "*.mjs")) {
  const text = readFileSync(root + file, "utf8");
  const inPackage = packageOf(file) !== undefined && !isTest(file);
  if (inPackage) graph.set(file, []);
  for (const { name, line } of importsOf(text)) {
    const problem = name.startsWith(".") ? checkPath(file, name) : checkName(file, name);
    if (problem !== undefined) problems.push(`${file}:${line}: ${problem}`);
    if (inPackage && name.startsWith(".")) graph.get(file).push(targetOf(file, name));
  }
}
for (const circle of circles()) problems.push(`a circle: ${circle.join(" -> ")}`);
if (process.argv.includes("--draw")) draw();
report("layers", problems);

/** What a file imports or re-exports: `from "x"`, `import "x"`, `import("x")`. */
function* importsOf(text) {
  for (const match of text.matchAll(/(?:^|\n)(?!\s*(?:\*|\/[*/]))[^\n"'`]*?\b(?:from|import)\s*\(?\s*"([^"\n]+)"/g)) {
    yield { name: match[1], line: text.slice(0, match.index + match[0].length).split("\n").length };
  }
}

/** The source file that a relative import names. */
function targetOf(file, name) {
  return posix.join(posix.dirname(file), name).replace(/\.js$/, ".ts");
}

function checkPath(file, name) {
  const target = targetOf(file, name);
  const from = packageOf(file);
  const to = packageOf(target);
  if (to !== undefined && from !== to && !(file.startsWith("tests/") && target === timeSeam))
    return `imports the inside of ${to}: import it by its published name`;
  if (from === undefined && to === undefined) return undefined;
  if (from !== undefined && to === undefined && !isTest(file) && !target.startsWith("scripts/")) {
    return `a package imports ${target}, which it does not publish`;
  }
  return file.startsWith(runtime) && target.startsWith(runtime) && !isTest(file)
    ? checkLayer(file.slice(runtime.length), target.slice(runtime.length))
    : undefined;
}

function checkName(file, name) {
  if (isBuiltin(name) && file.startsWith(runtime) && !ofNode.test(file) && !isTest(file)) {
    return `imports ${name}: only the rooms of Node know Node`;
  }
  const packageName = name.split("/", name.startsWith("@") ? 2 : 1).join("/");
  const target = published.get(packageName);
  if (target === undefined) return undefined;
  if (!isTest(file) && packageOf(file) === target.dir) return `imports its own package by name: use a path`;
  return target.names.includes(name) ? undefined : `${name} is not an entry point of ${packageName}`;
}

function checkLayer(file, target) {
  const [from, to] = [roomOf(file), roomOf(target)];
  if (to === "testing") return `imports ${target}: only tests may`;
  if (doors.includes(from)) return undefined;
  if (doors.includes(to)) return `imports ${target}: a door is not for the files behind it`;
  if (everywhere.includes(to)) return from === engine.room ? `${from} imports only itself, not ${to}` : undefined;
  if (from === to) return undefined;
  if (from === engine.room) return `${from} imports only itself, not ${to}`;
  if (to === engine.room) return from === engine.usedBy ? undefined : `only ${engine.usedBy} imports ${to}`;
  const [fromLayer, toLayer] = [from, to].map((room) => layers.findIndex((layer) => layer.includes(room)));
  if (toLayer === -1) return `${to} has no place among the layers`;
  if (fromLayer === -1) return `${from} imports nothing of the layers: they all may import it`;
  return toLayer > fromLayer ? undefined : `${from} may not import ${to}: imports point down`;
}

/** The folder below src that a file is in; a file beside them is a room of its own. */
function roomOf(file) {
  return file.split("/")[0];
}

/** Circles of imports, each as the files on the way around; one for each import that closes a circle. */
function circles() {
  const found = [];
  const state = new Map();
  const way = [];
  for (const file of graph.keys()) visit(file);
  return found;

  function visit(file) {
    if (state.has(file)) {
      if (state.get(file) === "on the way") found.push([...way.slice(way.indexOf(file)), file]);
      return;
    }
    state.set(file, "on the way");
    way.push(file);
    for (const target of graph.get(file) ?? []) visit(target);
    way.pop();
    state.set(file, "done");
  }
}

function draw() {
  const arrows = new Map();
  for (const [file, targets] of graph) {
    for (const target of targets) {
      if (!file.startsWith(runtime) || !target.startsWith(runtime)) continue;
      const [from, to] = [file, target].map((path) => roomOf(path.slice(runtime.length)).replace(/\.ts$/, ""));
      if (from !== to) arrows.set(`${from} --> ${to}`, (arrows.get(`${from} --> ${to}`) ?? 0) + 1);
    }
  }
  console.log("flowchart TD");
  for (const arrow of [...arrows.keys()].sort())
    console.log(`  ${arrow.replace("-->", `-- ${arrows.get(arrow)} -->`)}`);
}

function packageOf(file) {
  return /^packages\/[^/]+/.exec(file)?.[0];
}
