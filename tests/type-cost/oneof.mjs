// What a oneof with many message cases costs the type checker with generated codecs: four times the cases may take six
// times as long, where narrowing the oneof's type to each of them took more than fifty times.
//   pnpm --filter ./tests/type-cost run oneof-cost
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const few = 150;
const many = 600;
const limit = 6;

const here = dirname(fileURLToPath(import.meta.url));
const bin = join(here, "../../node_modules/.bin");
const work = join(here, ".cache-oneof");

rmSync(work, { recursive: true, force: true });
mkdirSync(work);
writeFileSync(join(work, "package.json"), '{ "type": "module" }\n');
for (const cases of [few, many]) generate(cases);
const [seconds, manySeconds] = [few, many].map((cases) => Math.min(...[1, 2, 3].map(() => check(cases))));
rmSync(work, { recursive: true });

const ratio = manySeconds / seconds;
console.log(`oneof of ${few} messages: ${seconds.toFixed(2)} s; of ${many}: ${manySeconds.toFixed(2)} s`);
console.log(`${many / few} times the cases take ${ratio.toFixed(1)} times as long; the limit is ${limit}`);
if (ratio > limit) process.exitCode = 1;

function generate(cases) {
  const all = (print) => Array.from({ length: cases }, (_, i) => print(i)).join("\n");
  mkdirSync(join(work, `proto${cases}`));
  writeFileSync(
    join(work, `proto${cases}/a.proto`),
    `syntax = "proto3"; package a${cases};
${all((i) => `message C${i} { string text = 1; }`)}
message M { oneof choice { ${all((i) => `C${i} c${i} = ${i + 1};`)} } }`,
  );
  const options = ["target=ts", "import_extension=js"];
  const plugins = [
    { local: "protoc-gen-es", out: `gen${cases}`, opt: options },
    { local: "protoc-gen-connect-ts", out: `gen${cases}`, opt: [...options, "codecs=true"] },
  ];
  execFileSync(
    join(bin, "buf"),
    ["generate", `proto${cases}`, "--template", JSON.stringify({ version: "v2", plugins })],
    { cwd: work, env: { ...process.env, PATH: `${bin}:${process.env.PATH}` }, stdio: "inherit" },
  );
}

/** The seconds that the type checker takes, without what it takes to start and to read. */
function check(cases) {
  const config = join(work, `tsconfig.${cases}.json`);
  const compilerOptions = { target: "es2022", module: "nodenext", strict: true, types: [], noEmit: true };
  writeFileSync(config, JSON.stringify({ compilerOptions, include: [`gen${cases}`] }));
  const output = execFileSync(join(bin, "tsc"), ["-p", config, "--extendedDiagnostics"], { encoding: "utf8" });
  return Number(/Check time:\s+([\d.]+)/.exec(output)?.[1]);
}
