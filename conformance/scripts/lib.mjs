// What the commands of this folder and of interop/ share.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Programs that are installed once for all checkouts. */
export const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "connect-ts");

/** Ends this command with a message and no stack. */
export function fail(message) {
  console.error(message);
  process.exit(1);
}

/** Runs a program, ours the output; ends this command when it fails. */
export function mustRun(command, args, options) {
  const result = spawnSync(command, args, { stdio: "inherit", ...options });
  if (result.error) fail(`${command}: ${result.error.message}`);
  if (result.status !== 0) fail(`${command} ${args.join(" ")} ended with ${result.status ?? result.signal}`);
}

/** What a program prints. */
export function outputOf(command, args, options) {
  const result = spawnSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], ...options });
  if (result.error || result.status !== 0) fail(`${command} ${args.join(" ")} failed`);
  return result.stdout.trim();
}

/** Ends this command when there is no Go. */
export function requireGo(purpose) {
  if (spawnSync("go", ["version"]).status === 0) return;
  fail(
    `${purpose} is written in Go: install Go 1.26 or newer (https://go.dev/dl/), and see that \`go\` is on the PATH.`,
  );
}

/** Installs a Go program of a pinned version outside of the tree, unless it is there. */
export function installGo(packagePath, version, name = packagePath.split("/").at(-1)) {
  const dir = join(cache, "go", `${name}-${version}`);
  const binary = join(dir, packagePath.split("/").at(-1));
  if (!existsSync(binary)) {
    mkdirSync(dir, { recursive: true });
    console.log(`installing ${packagePath}@${version}`);
    mustRun("go", ["install", `${packagePath}@${version}`], { env: { ...process.env, GOBIN: dir } });
  }
  return binary;
}

/** The files of a Go module. */
export function goModuleDir(module, version) {
  // Outside of any Go module, so that no go.mod decides on the version.
  return JSON.parse(outputOf("go", ["mod", "download", "-json", `${module}@${version}`], { cwd: cache })).Dir;
}

/** Builds the packages that the programs are made of, when their sources are newer. */
export function buildPackages() {
  for (const name of ["runtime", "protoc-gen-connect-ts"]) {
    const dir = join(root, "packages", name);
    if (newest(join(dir, "src")) > newest(join(dir, "dist")))
      mustRun(process.execPath, ["../../scripts/build.mjs"], { cwd: dir });
  }
}

function newest(dir) {
  if (!existsSync(dir)) return 0;
  const times = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
  return Math.max(0, ...times);
}
