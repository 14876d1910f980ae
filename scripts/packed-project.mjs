// Installs the packed packages in a project outside of the tree (tests/packed-project), as a user would with npm, then
// generates code, checks its types and runs it: as ES modules, as CommonJS and as both at once, and checks the types of a
// program for browsers. Twice: with the lowest protobuf-es that the runtime takes, and with the newest.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun, pack, publicPackages, readJson, root, run } from "./lib.mjs";

/** What a user's project has besides our packages; of the versions that the workspace has. */
const tools = ["@bufbuild/buf", "@types/node", "typescript"];
/** Of a program with generated codecs that asks for no descriptor. */
const withoutProtobuf = "./count-loads.mjs?without=@bufbuild/protobuf";
/** Of one version, which is the lowest that our peer dependency takes, or the workspace's. */
const protobuf = ["@bufbuild/protobuf", "@bufbuild/protoc-gen-es"];
const { peerDependencies } = readJson("packages/runtime/package.json");
const floor = peerDependencies["@bufbuild/protobuf"].replace("^", "");
const newest = readJson("node_modules/@bufbuild/protobuf/package.json").version;

mustRun(process.execPath, ["scripts/ensure-built.mjs"]);
const ours = publicPackages().map(({ dir, manifest }) => [manifest.name, `file:${pack(dir)}`]);
let project;
for (const version of [floor, newest]) {
  project = mkdtempSync(join(tmpdir(), "connect-ts-packed-"));
  try {
    install(version);
    const passed = check();
    console.log(`packed project with protobuf-es ${version}: ${passed ? "ok" : "failed"}`);
    if (!passed) process.exitCode = 1;
  } finally {
    rmSync(project, { recursive: true });
  }
}

function install(protobufVersion) {
  cpSync(`${root}tests/packed-project`, project, { recursive: true });
  const dependencies = Object.fromEntries([
    ...ours,
    ...tools.map((name) => [name, readJson(`node_modules/${name}/package.json`).version]),
    ...protobuf.map((name) => [name, protobufVersion]),
  ]);
  writeFileSync(`${project}/package.json`, JSON.stringify({ name: "packed-project", private: true, dependencies }));
  mustRun("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"], { cwd: project });
  mustRun("buf", ["generate"], { cwd: project });
  mustRun("buf", ["generate", "--template", "buf.gen.codecs.yaml"], { cwd: project });
  for (const [folder, type] of Object.entries({ cjs: "commonjs", esm: "module" })) {
    addSources(folder, type, "src", "src");
    addSources(`${folder}-codecs`, type, `${folder}/tsconfig.json`, "tsconfig.json");
    addSources(`${folder}-codecs`, type, "src", "src");
    addSources(`${folder}-codecs`, type, "codecs", "src");
  }
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
    ...["cjs", "esm"].flatMap((folder) => [
      step(`what is loaded: ${folder}`, "node", ["--import", "./count-loads.mjs", `${folder}/dist/main.js`]),
      step(`the types with codecs: ${folder}`, "tsc", ["-p", `${folder}-codecs`]),
      step(`what is loaded with codecs: ${folder}`, "node", [
        "--import",
        withoutProtobuf,
        `${folder}-codecs/dist/main.js`,
      ]),
    ]),
  ].every(Boolean);
}

function step(title, command, args) {
  const passed = run(command, args, { cwd: project });
  console.log(`${passed ? "ok" : "FAILED"}: ${title}`);
  return passed;
}
