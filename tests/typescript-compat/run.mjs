// Compiles what the plugin generates with every supported TypeScript, against the declarations that are published, looks
// at what an editor shows of it, and runs it unbuilt where the platform strips types.
//   pnpm --filter ./tests/typescript-compat run compat
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { hoverProblems } from "./hover.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const bin = join(root, "node_modules/.bin");
const work = join(here, ".cache");
const require = createRequire(import.meta.url);

const strict = {
  target: "es2022",
  lib: ["es2022", "esnext.disposable"],
  module: "nodenext",
  moduleResolution: "nodenext",
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  verbatimModuleSyntax: true,
  isolatedDeclarations: true,
  declaration: true,
  erasableSyntaxOnly: true,
  skipLibCheck: false,
  noEmit: true,
};
const { erasableSyntaxOnly: _new58, ...strict57 } = strict;
// 4.9 has neither `using` nor these options, and reads newer declarations of others.
const { verbatimModuleSyntax: _new50, isolatedDeclarations: _new55, ...strict49 } = strict57;
const versions = {
  "typescript-4.9": { ...strict49, lib: ["es2022"], isolatedModules: true, skipLibCheck: true },
  "typescript-5.7": strict57,
  "typescript-5.8": strict,
  "typescript-5.9": strict,
  "typescript-6.0": strict,
  "typescript-7.0": strict,
};

rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
writeFileSync(join(work, "package.json"), '{ "type": "module" }\n');
generate("golden", ["target=ts", "import_extension=js"]);
generate("unbuilt", ["target=ts", "import_extension=ts"]);
// The type tests of tests/codegen look for the code at ../golden.
cpSync(join(root, "tests/codegen/types"), join(work, "types"), { recursive: true });

let failures = 0;
for (const [name, options] of Object.entries(versions)) {
  const config = join(work, `tsconfig.${name}.json`);
  writeFileSync(config, JSON.stringify({ compilerOptions: options, include: ["golden", "types"] }));
  const manifest = require(`${name}/package.json`);
  const tsc = join(dirname(require.resolve(`${name}/package.json`)), manifest.bin.tsc);
  report(`TypeScript ${manifest.version}`, "compiles", [process.execPath, tsc, "-p", config]);
}

// The last TypeScript that has a language service to ask.
const hovers = hoverProblems(require("typescript-6.0"), work);
for (const problem of hovers) console.log(problem);
failures += hovers.length;
console.log(`Hovering             ${hovers.length === 0 ? "shows requests and responses by name" : "FAILS"}`);

const modules = readdirSync(join(work, "unbuilt"), { recursive: true }).filter((path) => path.endsWith("_connect.ts"));
writeFileSync(
  join(work, "main.ts"),
  `import { exercise } from "./exercise.ts";
${modules.map((path, index) => `import * as m${index} from "./unbuilt/${path}";`).join("\n")}
const { rpcs, problems } = await exercise([${modules.map((_, index) => `m${index}`).join(", ")}]);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(rpcs + " RPCs");
`,
);
cpSync(join(root, "tests/codegen/exercise.ts"), join(work, "exercise.ts"));
for (const name of ["node-24", "node-26"]) {
  const node = join(dirname(require.resolve(`${name}/package.json`)), "bin/node");
  const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
  report(`Node ${version}`, "runs unbuilt", [node, join(work, "main.ts")]);
}
const deno = join(here, "node_modules/.bin/deno");
const denoVersion = /deno (\S+)/.exec(execFileSync(deno, ["--version"], { encoding: "utf8" }))?.[1];
report(`Deno ${denoVersion}`, "runs unbuilt", [deno, "run", "--no-check", "--allow-all", join(work, "main.ts")]);

rmSync(work, { recursive: true });
console.log(failures === 0 ? "all of it compiles and runs" : `${failures} of these fail`);
process.exitCode = failures === 0 ? 0 : 1;

function generate(out, opt) {
  const plugins = [
    { local: "protoc-gen-es", out, strategy: "all", opt: [...opt, "erasable_syntax=true"] },
    { local: "protoc-gen-connect-ts", out, strategy: "all", opt },
  ];
  const template = JSON.stringify({ version: "v2", plugins });
  execFileSync(join(bin, "buf"), ["generate", join(root, "tests/codegen"), "--template", template], {
    cwd: work,
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
    stdio: "inherit",
  });
}

function report(subject, does, [command, ...args]) {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: work, encoding: "utf8" });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (status !== 0) failures++;
  console.log(
    `${subject.padEnd(20)} ${status === 0 ? does : "FAILS"} (${seconds} s) ${does === "compiles" ? "" : stdout.trim()}`,
  );
  if (status !== 0) console.log(`${stdout}${stderr}`);
}
