// What the scripts share.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const root = fileURLToPath(new URL("..", import.meta.url));

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

/** The packages that are published: folders below packages/ with a package.json that is not private. */
export function publicPackages() {
  return readdirSync(`${root}packages`)
    .filter((name) => existsSync(`${root}packages/${name}/package.json`))
    .map((name) => ({ dir: `packages/${name}`, manifest: readJson(`packages/${name}/package.json`) }))
    .filter(({ manifest }) => !manifest.private);
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
