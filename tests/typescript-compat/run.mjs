// Compiles what the plugin generates with every supported TypeScript, against the declarations that are published, looks
// at what an editor shows of it, and runs it unbuilt where the platform strips types.
//   pnpm --filter ./tests/typescript-compat run compat
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { hoverProblems } from "./hover.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const bin = join(root, "node_modules/.bin");
const work = join(here, ".cache");
const require = createRequire(import.meta.url);

const options = {
  target: "es2022",
  lib: ["es2022", "esnext.disposable"],
  module: "nodenext",
  moduleResolution: "nodenext",
  types: ["node"],
  declaration: true,
  skipLibCheck: false,
  noEmit: true,
};
/** What a version can forbid besides what it calls type checking. */
const restrictions = [
  "erasableSyntaxOnly",
  "isolatedDeclarations",
  "isolatedModules",
  "noUncheckedSideEffectImports",
  "verbatimModuleSyntax",
];
// 4.9 has no `using`, and reads newer declarations of others.
const versions = {
  "typescript-4.9": { ...options, lib: ["es2022"], skipLibCheck: true },
  "typescript-5.7": options,
  "typescript-5.8": options,
  "typescript-5.9": options,
  "typescript-6.0": options,
  "typescript-7.0": options,
};

rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
writeFileSync(join(work, "package.json"), '{ "type": "module" }\n');
const codegen = join(root, "tests/codegen");
generate(codegen, "golden", ["target=ts", "import_extension=js"]);
generate(codegen, "codecs", ["target=ts", "import_extension=js", "codecs=true"]);
generate(join(root, "tests/codecs/proto"), "features", ["target=ts", "import_extension=js", "codecs=true"]);
generate(codegen, "unbuilt", ["target=ts", "import_extension=ts"]);
writeLargeSchemas(join(work, "large-proto"));
generate(join(work, "large-proto"), "large", ["target=ts", "import_extension=js", "codecs=true"]);
// The type tests of tests/codegen look for the code at ../golden.
cpSync(join(root, "tests/codegen/types"), join(work, "types"), { recursive: true });

let failures = 0;
for (const [name, compilerOptions] of Object.entries(versions)) {
  const manifest = require(`${name}/package.json`);
  const tsc = join(dirname(require.resolve(`${name}/package.json`)), manifest.bin.tsc);
  const config = join(work, `tsconfig.${name}.json`);
  // For 4.9, what all objects have is there in a message too, of another type than the fields of these names.
  const include = ["golden", "codecs", "types", ...(name === "typescript-4.9" ? [] : ["features"])];
  // These take their time, and no version has followed flow in another way.
  if (name === "typescript-5.7" || name === "typescript-7.0") include.push("large");
  writeFileSync(config, JSON.stringify({ compilerOptions: { ...compilerOptions, ...strictest(tsc) }, include }));
  report(`TypeScript ${manifest.version}`, "compiles", [process.execPath, tsc, "-p", config]);
}

// Projects without `esModuleInterop` have no default imports of Node's modules: not in declarations either.
mkdirSync(join(work, "commonjs"));
writeFileSync(join(work, "commonjs/package.json"), '{ "type": "commonjs" }\n');
const doors = Object.keys(JSON.parse(readFileSync(join(root, "packages/runtime/package.json"), "utf8")).exports);
const doorNames = doors
  .filter((door) => door !== "./package.json")
  .map((door) => `@connect-ts/runtime${door.slice(1)}`);
writeFileSync(
  join(work, "commonjs/doors.ts"),
  doorNames.map((door, index) => `export * as d${index} from "${door}";\n`).join(""),
);
writeFileSync(
  join(work, "tsconfig.commonjs.json"),
  JSON.stringify({
    compilerOptions: { ...options, esModuleInterop: false, allowSyntheticDefaultImports: false },
    include: ["commonjs"],
  }),
);
const tsc59 = require.resolve("typescript-5.9/bin/tsc");
report("without interop", "compiles", [process.execPath, tsc59, "-p", join(work, "tsconfig.commonjs.json")]);

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

/** Every option of type checking that this version has, as strict as it can be: a new one is met here first. */
function strictest(tsc) {
  const help = execFileSync(process.execPath, [tsc, "--all"], { encoding: "utf8" });
  const section = help.split(/^### /m).find((part) => part.startsWith("Type Checking")) ?? "";
  const checks = [...section.matchAll(/^--(\w+)\n[\s\S]*?^type: (.*)$/gm)];
  if (checks.length < 15) throw new Error(`"tsc --all" lists ${checks.length} options of type checking`);
  for (const [, option, type] of checks) {
    if (type !== "boolean") throw new Error(`what is strict for --${option}, of type ${type}?`);
  }
  const known = restrictions.filter((option) => help.includes(`--${option}\n`));
  return Object.fromEntries([
    ...checks.map(([, option]) => [option, !option.startsWith("allow")]),
    ...known.map((option) => [option, true]),
  ]);
}

/** Messages with so many members that the flow of control through them is too long to follow, if it branches. */
function writeLargeSchemas(folder) {
  const types = ["string", "int32", "M", "repeated string", "map<string, M>", "E", "int64", "bytes", "optional string"];
  const fields = (count, print) => Array.from({ length: count }, (_, i) => print(i)).join(" ");
  mkdirSync(folder);
  for (const count of [700, 5000]) {
    writeFileSync(
      join(folder, `fields${count}.proto`),
      `syntax = "proto3"; package large.fields${count}; enum E { Z = 0; }
       message M { ${fields(count, (i) => `${types[i % types.length]} f${i} = ${i + 1};`)} }`,
    );
  }
  writeFileSync(
    join(folder, "cases.proto"),
    `syntax = "proto3"; package large.cases; ${fields(500, (i) => `message C${i} { string text = 1; }`)}
     message M { oneof choice { ${fields(500, (i) => `C${i} f${i} = ${i + 1};`)} } }`,
  );
}

function isShared(option) {
  return !option.startsWith("codecs=");
}

function generate(input, out, opt) {
  const plugins = [
    { local: "protoc-gen-es", out, strategy: "all", opt: [...opt.filter(isShared), "erasable_syntax=true"] },
    { local: "protoc-gen-connect-ts", out, strategy: "all", opt },
  ];
  const template = JSON.stringify({ version: "v2", plugins });
  execFileSync(join(bin, "buf"), ["generate", input, "--template", template], {
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
