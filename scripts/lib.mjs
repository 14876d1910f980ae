// What the scripts share.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** Workers that run test files: one more than there are cores, as tests of calls wait for timers and for other processes. */
export const testWorkers = availableParallelism() + 1;

/** Runs a program with its output on ours; true when it ended with 0. Those of `cwd`'s dependencies are on the path. */
export function run(command, args, { cwd = root, env, ...options } = {}) {
  const PATH = [`${cwd}/node_modules/.bin`, process.env.PATH].join(delimiter);
  const result = spawnSync(command, args, { cwd, stdio: "inherit", ...options, env: { ...process.env, PATH, ...env } });
  if (result.error) console.error(result.error.message);
  return result.status === 0;
}

/** As `run`, but ends this script when the program fails. */
export function mustRun(command, args, options) {
  if (!run(command, args, options)) process.exit(1);
}

/** As `run`, for at most `timeoutMs`: then the program ends, and all that it has started, though it may spin. */
export async function runWithin(timeoutMs, command, args, { env, ...options } = {}) {
  // A group of its own: what a killed program has started would go on.
  const child = spawn(command, args, {
    cwd: root,
    stdio: "inherit",
    ...options,
    env: { ...process.env, ...env },
    detached: true,
  });
  const end = () => process.kill(-child.pid, "SIGKILL");
  const endByKey = () => {
    end();
    process.exit(1);
  };
  const timer = setTimeout(() => {
    console.error(`${command} ${args[0]}: not done after ${timeoutMs / 1000} s`);
    end();
  }, timeoutMs);
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, endByKey);
  const status = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  clearTimeout(timer);
  for (const signal of ["SIGINT", "SIGTERM"]) process.off(signal, endByKey);
  return status === 0;
}

/** What a program prints. */
export function outputOf(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28, ...options });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`${command} ${args.join(" ")}: ${result.stderr || result.stdout}`);
  return result.stdout;
}

/** The files of the repository, those that are not added yet too; `patterns` are git's. */
export function listFiles(...patterns) {
  const listed = outputOf("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ...patterns]);
  return listed.split("\0").filter((file) => file !== "" && existsSync(root + file));
}

/** Names the state of a folder of sources, for sums of runs of one state: changes must be committed. */
export function stateOf(revision, ...folders) {
  const changes = outputOf("git", ["status", "--porcelain", "--", ...folders]);
  if (changes !== "") throw new Error(`a sum is of what is committed, and these have changes:\n${changes}`);
  return outputOf("git", ["rev-parse", "--short", revision]).trim();
}

/** The packages that are published: folders below packages/ with a package.json that is not private. */
export function publicPackages() {
  return readdirSync(`${root}packages`)
    .filter((name) => existsSync(`${root}packages/${name}/package.json`))
    .map((name) => ({ dir: `packages/${name}`, manifest: readJson(`packages/${name}/package.json`) }))
    .filter(({ manifest }) => !manifest.private);
}

/** The names that an API report says are exported. A type and a value of one name are one. */
export function exportedNames(text) {
  const declared = text.matchAll(/^export (?:declare |abstract )*(?:class|const|function|interface|type) (\w+)/gm);
  const listed = [...text.matchAll(/^export \{ (.*) \}/gm)].flatMap(([, names]) => names.split(", "));
  return [...new Set([...[...declared].map(([, name]) => name), ...listed])].sort();
}

export function readJson(file) {
  return JSON.parse(readFileSync(root + file, "utf8"));
}

/** Prints the problems and sets the exit code. */
export function report(title, problems) {
  for (const problem of problems) console.error(problem);
  console.log(problems.length === 0 ? `${title}: ok` : `${title}: ${problems.length} problems`);
  if (problems.length > 0) process.exitCode = 1;
}

/** Packs a built package as it would be published; its tarball. */
export function pack(dir) {
  const destination = `${root}.cache/packed`;
  const packed = outputOf("pnpm", ["pack", "--json", "--pack-destination", destination], { cwd: root + dir });
  return JSON.parse(packed).filename;
}
