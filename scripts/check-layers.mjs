// Holds the layers of packages/runtime (docs/decisions/0001-layer-order.md) and the borders of packages: a file imports
// from its own layer or one below, and from another package only what that package publishes.
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { listFiles, publicPackages, report, root } from "./lib.mjs";

/** From the top down. Folders on one line are side by side: they do not import each other. */
const layers = [
  ["node", "fetch", "in-process"],
  ["client", "handler"],
  ["protocol"],
  ["call"],
  ["framing"],
  ["message"],
  ["error"],
  ["http"],
];
/** Entry points beside the order, for generated code: what they may import. Nothing of the layers imports them. */
const aside = new Map([
  ["codec", ["message", "http"]],
  ["wkt-codec", ["codec"]],
  ["wkt", []],
]);
const runtime = "packages/runtime/src/";
const isTest = (file) => /\.test(-d)?\.ts$|\/testing\//.test(file);

const published = new Map(
  publicPackages().map(({ dir, manifest }) => [
    manifest.name,
    { dir, names: Object.keys(manifest.exports ?? {}).map((entry) => posix.join(manifest.name, entry)) },
  ]),
);
const problems = [];

for (const file of listFiles("*.ts", "*.mts", "*.mjs")) {
  const text = readFileSync(root + file, "utf8");
  for (const { name, line } of importsOf(text)) {
    const problem = name.startsWith(".") ? checkPath(file, name) : checkName(file, name);
    if (problem !== undefined) problems.push(`${file}:${line}: ${problem}`);
  }
}
report("layers", problems);

/** What a file imports or re-exports: `from "x"`, `import "x"`, `import("x")`. */
function* importsOf(text) {
  for (const match of text.matchAll(/(?:^|\n)(?!\s*(?:\*|\/[*/]))[^\n"'`]*?\b(?:from|import)\s*\(?\s*"([^"\n]+)"/g)) {
    yield { name: match[1], line: text.slice(0, match.index + match[0].length).split("\n").length };
  }
}

function checkPath(file, name) {
  const target = posix.join(posix.dirname(file), name);
  const from = packageOf(file);
  const to = packageOf(target);
  if (to !== undefined && from !== to) return `imports the inside of ${to}: import it by its published name`;
  if (from === undefined && to === undefined) return undefined;
  if (from !== undefined && to === undefined && !isTest(file) && !target.startsWith("scripts/")) {
    return `a package imports ${target}, which it does not publish`;
  }
  return file.startsWith(runtime) && target.startsWith(runtime) && !isTest(file)
    ? checkLayer(file.slice(runtime.length), target.slice(runtime.length))
    : undefined;
}

function checkName(file, name) {
  if (isBuiltin(name) && file.startsWith(runtime) && !file.startsWith(`${runtime}node/`) && !isTest(file)) {
    return `imports ${name}: only src/node knows Node`;
  }
  const packageName = name.split("/", name.startsWith("@") ? 2 : 1).join("/");
  const target = published.get(packageName);
  if (target === undefined) return undefined;
  if (!isTest(file) && packageOf(file) === target.dir) return `imports its own package by name: use a path`;
  return target.names.includes(name) ? undefined : `${name} is not an entry point of ${packageName}`;
}

function checkLayer(file, target) {
  const [from, to] = [file, target].map((path) => (path.includes("/") ? path.split("/")[0] : undefined));
  if (to === "testing") return `imports ${target}: only tests may`;
  // The package's index exports from everywhere; nothing imports it.
  if (from === undefined) return undefined;
  if (to === undefined) return `imports ${target}: the package's entry is not for its own files`;
  if (from === to) return undefined;
  if (aside.has(from)) return aside.get(from).includes(to) ? undefined : `${from} does not import ${to}`;
  const [fromLayer, toLayer] = [from, to].map((folder) => layers.findIndex((layer) => layer.includes(folder)));
  if (fromLayer === -1 || toLayer === -1) return `${fromLayer === -1 ? from : to} has no place among the layers`;
  return toLayer > fromLayer ? undefined : `${from} may not import ${to}: imports point down`;
}

function packageOf(file) {
  return /^packages\/[^/]+/.exec(file)?.[0];
}
