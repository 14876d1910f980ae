// Installs the packed packages in a project outside of the tree (tests/packed-project), as a user would with npm, then
// generates code, checks its types and runs it: as ES modules, as CommonJS and as both at once, and checks the types of a
// program for browsers.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun, pack, publicPackages, readJson, root, run } from "./lib.mjs";

/** What a user's project has besides our packages; of the versions that the workspace has. */
const tools = ["@bufbuild/buf", "@bufbuild/protobuf", "@bufbuild/protoc-gen-es", "@types/node", "typescript"];
mustRun("pnpm", ["run", "build"]);
const project = mkdtempSync(join(tmpdir(), "connect-ts-packed-"));
try {
  install();
  const passed = check();
  console.log(passed ? "packed project: ok" : "packed project: failed");
  process.exitCode = passed ? 0 : 1;
} finally {
  rmSync(project, { recursive: true });
}

function install() {
  cpSync(`${root}tests/packed-project`, project, { recursive: true });
  const dependencies = Object.fromEntries([
    ...publicPackages().map(({ dir, manifest }) => [manifest.name, `file:${pack(dir)}`]),
    ...tools.map((name) => [name, readJson(`node_modules/${name}/package.json`).version]),
  ]);
  writeFileSync(`${project}/package.json`, JSON.stringify({ name: "packed-project", private: true, dependencies }));
  mustRun("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"], { cwd: project });
  mustRun("buf", ["generate"], { cwd: project });
  addSources("cjs", "commonjs", "src", "src");
  addSources("esm", "module", "src", "src");
  addSources("esm", "module", "esm/mixed.ts", "src/mixed.ts");
  addSources("browser", "module", "src/gen", "src/gen");
  addSources("browser", "module", "browser/client.ts", "src/client.ts");
}

function addSources(folder, type, from, to) {
  cpSync(`${project}/${from}`, `${project}/${folder}/${to}`, { recursive: true });
  writeFileSync(`${project}/${folder}/package.json`, JSON.stringify({ type }));
}

function check() {
  return [
    step("the types as CommonJS", "tsc", ["-p", "cjs"]),
    step("the types as ES modules", "tsc", ["-p", "esm"]),
    step("the types without those of Node", "tsc", ["-p", "browser"]),
    step("a conversation as CommonJS", "node", ["cjs/dist/main.js"]),
    step("a conversation as ES modules", "node", ["esm/dist/main.js"]),
    step("CommonJS and ES modules at once", "node", ["esm/dist/mixed.js"]),
  ].every(Boolean);
}

function step(title, command, args) {
  const passed = run(command, args, { cwd: project });
  console.log(`${passed ? "ok" : "FAILED"}: ${title}`);
  return passed;
}
