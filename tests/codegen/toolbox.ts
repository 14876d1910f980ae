import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fromBinary } from "@bufbuild/protobuf";
import { type CodeGeneratorRequest, CodeGeneratorRequestSchema } from "@bufbuild/protobuf/wkt";
import { protocGenEs } from "@bufbuild/protoc-gen-es/dist/cjs/src/protoc-gen-es-plugin.js";
import { protocGenConnectTs } from "protoc-gen-connect-ts";

const execute = promisify(execFile);

/** The root of the workspace, with the separator at its end. */
export const root: string = fileURLToPath(new URL("../../", import.meta.url));
const here = fileURLToPath(new URL("./", import.meta.url));
const bin = join(root, "node_modules/.bin");

const folders: string[] = [];

/** The schemas. */
export const schemas: string = join(root, "tests/codegen");

/** Makes an empty folder for what a test generates, from where packages of the workspace can be imported. */
export async function emptyFolder(): Promise<string> {
  await mkdir(join(here, ".cache"), { recursive: true });
  const folder = await mkdtemp(join(here, ".cache/"));
  folders.push(folder);
  await writeFile(join(folder, "package.json"), '{ "type": "module" }\n');
  return folder;
}

/** Removes what {@link emptyFolder} made. */
export async function removeFolders(): Promise<void> {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
}

/** Runs a tool of the workspace. Throws what it printed when it fails. */
export async function runTool(
  tool: string,
  args: readonly string[],
  cwd: string,
  variables: { readonly [name: string]: string } = {},
): Promise<string> {
  try {
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, NODE_OPTIONS: "", ...variables };
    const { stdout } = await execute(join(bin, tool), args, { cwd, env, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${tool} ${args[0]} fails:\n${stdout}${stderr}`);
  }
}

/** How to generate code: where to, and with which options of both plugins, and of ours. */
export interface Output {
  readonly out: string;
  readonly opt: readonly string[];
  readonly ours?: readonly string[];
  readonly strategy?: "directory" | "all";
}

type Strategy = NonNullable<Output["strategy"]>;

/** Keeps what buf gives to plugins in a file, and answers that it makes nothing, of any edition up to 2024. */
const recorder = ["sh", "-c", `cat > "$(mktemp "$0/XXXXXX")"; printf '\\020\\003\\030\\346\\007\\040\\351\\007'`];

/** What `buf generate` gives to a plugin: a request, or one for each folder. */
async function requestsFor(folder: string, input: string, strategy: Strategy): Promise<CodeGeneratorRequest[]> {
  const requests = await mkdtemp(join(folder, "requests-"));
  const plugins = [{ local: [...recorder, requests], out: ".", strategy }];
  await runTool("buf", ["generate", input, "--template", JSON.stringify({ version: "v2", plugins })], folder);
  const files = await Promise.all((await readdir(requests)).map((name) => readFile(join(requests, name))));
  await rm(requests, { recursive: true });
  return files.map((bytes) => fromBinary(CodeGeneratorRequestSchema, bytes));
}

/**
 * Runs protoc-gen-es and our plugin on what `buf generate` gives to plugins, in this process: one of its own for each
 * plugin, output and folder takes a minute. Outputs are paths relative to `folder`.
 */
export async function generate(folder: string, outputs: readonly Output[], input: string = schemas): Promise<void> {
  const recorded = new Map<Strategy, CodeGeneratorRequest[]>();
  for (const { out, opt, ours = [], strategy = "all" } of outputs) {
    const requests = recorded.get(strategy) ?? (await requestsFor(folder, input, strategy));
    recorded.set(strategy, requests);
    for (const request of requests) {
      await run(protocGenEs, request, [...opt, "erasable_syntax=true"], join(folder, out));
      await run(protocGenConnectTs, request, [...opt, ...ours, "elide_plugin_version=true"], join(folder, out));
    }
  }
}

async function run(
  plugin: typeof protocGenEs,
  request: CodeGeneratorRequest,
  options: string[],
  out: string,
): Promise<void> {
  const { file } = plugin.run({ ...request, parameter: options.join(",") });
  for (const { name, content } of file) {
    await mkdir(dirname(join(out, name)), { recursive: true });
    await writeFile(join(out, name), content);
  }
}

/** All files below a folder, by path, with forward slashes. */
export async function readTree(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (entry.isFile()) {
      const path = join(entry.parentPath, entry.name);
      files.set(path.slice(folder.length + 1).replaceAll("\\", "/"), await readFile(path, "utf8"));
    }
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Type-checks with every option that makes TypeScript stricter. Throws what the compiler prints. */
export async function typecheck(folder: string, include: readonly string[], options: object): Promise<void> {
  const compilerOptions = {
    target: "es2022",
    lib: ["es2022", "esnext.disposable"],
    types: ["node"],
    module: "nodenext",
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
    ...options,
  };
  const path = join(await mkdtemp(join(folder, "check-")), "tsconfig.json");
  await writeFile(path, JSON.stringify({ compilerOptions, include: include.map((files) => `../${files}`) }));
  // Several threads do some of the work several times.
  await runTool("tsc", ["-p", path, "--singleThreaded"], folder);
}

/** Bundles modules with the sources of the runtime; gives the paths of the bundles, in the same order. */
export async function bundle(
  folder: string,
  sources: { readonly [name: string]: string },
  options: readonly string[] = [],
): Promise<string[]> {
  const names = Object.keys(sources);
  for (const name of names) await writeFile(join(folder, `${name}.ts`), sources[name] ?? "");
  const runtime = join(root, "packages/runtime/src");
  const aliases = ["codegen/schema", "codegen/wkt-codec", "codegen/wkt", "codegen", "in-process"].map(
    (path) => `--alias:@connect-ts/runtime/${path}=${runtime}/${path}/index.ts`,
  );
  await runTool(
    "esbuild",
    [
      ...names.map((name) => `${name}.ts`),
      "--bundle",
      "--format=esm",
      "--platform=node",
      "--target=es2022",
      "--log-level=warning",
      "--outdir=.",
      "--out-extension:.js=.bundle.mjs",
      ...aliases,
      `--alias:@connect-ts/runtime=${runtime}/index.ts`,
      ...options,
    ],
    folder,
  );
  return names.map((name) => join(folder, `${name}.bundle.mjs`));
}

/** Runs modules in a process of their own, one after the other; gives what their functions `report` say. */
export async function reportsOf(paths: readonly string[]): Promise<unknown[]> {
  const code = `
    for (const path of process.argv.slice(1)) {
      const report = await import(path).then((module) => module.report()).catch((error) => String(error.stack));
      console.log(JSON.stringify(report));
    }`;
  const args = ["--input-type=module", "--eval", code, ...paths];
  const { stdout } = await execute(process.execPath, args, { env: { ...process.env, NODE_OPTIONS: "" } });
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}
