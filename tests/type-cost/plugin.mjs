// What the plugin costs as a process: for one small file, and for 200 files with 10,000 messages and 5,000 RPCs, beside
// protoc-gen-es on the same input. Prints processor times and memory; fails above the limits.
//   pnpm --filter ./tests/type-cost run plugin-cost
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { CodeGeneratorRequestSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

const smallFileSeconds = 0.4;

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const work = join(here, ".cache-plugin");
const require = createRequire(join(root, "package.json"));
const plugins = ["protoc-gen-es", "protoc-gen-connect-ts"];
const binOf = (name) =>
  join(
    dirname(require.resolve(name === "protoc-gen-es" ? `@bufbuild/${name}/package.json` : `${name}/package.json`)),
    "bin",
    name,
  );

const small = ['syntax = "proto3"; package a.v1; message M { string text = 1; } service S { rpc Do(M) returns (M); }'];
const large = Array.from({ length: 200 }, (_, index) => largeFile(index));

let failures = 0;
for (const [name, files] of Object.entries({
  "one small file": small,
  "200 files, 10,000 messages, 5,000 RPCs": large,
})) {
  console.log(name);
  const request = requestFor(files);
  for (const target of ["ts", "js+dts"]) {
    const [es, ours] = best(request(target), files === small ? 5 : 2);
    for (const { plugin, seconds, megabytes } of [es, ours]) {
      console.log(`  ${plugin.padEnd(22)} ${target.padEnd(7)} ${seconds.toFixed(2)} s  ${megabytes} MB`);
    }
    const limit = files === small ? smallFileSeconds : es.seconds;
    if (ours.seconds > limit) {
      failures++;
      console.error(`  above the limit of ${limit.toFixed(2)} s`);
    }
  }
}
rmSync(work, { recursive: true, force: true });
process.exitCode = failures === 0 ? 0 : 1;

function largeFile(index) {
  const messages = Array.from(
    { length: 50 },
    (_, i) => `message M${i} {
  // A comment on the field.
  string text = 1;
  repeated M${i} list = 2;
  map<string, M${(i + 1) % 50}> by_name = 3;
  oneof choice { int64 id = 4; M0 other = 5; }
  ${index === 0 ? "" : `f${index - 1}.M${i} imported = 6;`}
}`,
  );
  const rpcs = Array.from(
    { length: 25 },
    (_, i) => `  // Does something.\n  rpc Do${i}(M${2 * i}) returns (M${2 * i + 1});`,
  );
  const imports = index === 0 ? "" : `import "f${index - 1}.proto";\n`;
  return `syntax = "proto3";\npackage f${index};\n${imports}${messages.join("\n")}\nservice S {\n${rpcs.join("\n")}\n}\n`;
}

function requestFor(files) {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const names = files.map((_, index) => `f${index}.proto`);
  for (const [index, content] of files.entries()) writeFileSync(join(work, names[index]), content);
  const set = execFileSync(
    join(root, "node_modules/.bin/buf"),
    ["build", work, "--as-file-descriptor-set", "-o", "-"],
    {
      maxBuffer: 1 << 28,
    },
  );
  const { file } = fromBinary(FileDescriptorSetSchema, set);
  return (target) =>
    toBinary(
      CodeGeneratorRequestSchema,
      create(CodeGeneratorRequestSchema, {
        fileToGenerate: names,
        protoFile: file,
        parameter: `target=${target},import_extension=js`,
      }),
    );
}

/** Runs the plugins by turns and takes the best run of each: what else runs on the machine counts least there. */
function best(input, runs) {
  const results = plugins.map((plugin) => ({ plugin, seconds: Number.POSITIVE_INFINITY, megabytes: 0 }));
  for (let i = 0; i < runs; i++) {
    for (const result of results) {
      const args = ["--require", join(here, "print-usage.cjs"), binOf(result.plugin)];
      const { status, stderr } = spawnSync(process.execPath, args, { input, maxBuffer: 1 << 29 });
      if (status !== 0) throw new Error(`${result.plugin} fails: ${stderr}`);
      const [, seconds, megabytes] = /usage (\S+) (\S+)/.exec(String(stderr)) ?? [];
      if (Number(seconds) < result.seconds) Object.assign(result, { seconds: Number(seconds), megabytes });
    }
  }
  return results;
}
