import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

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

/** Runs `buf generate` with protoc-gen-es and our plugin. Paths are relative to `folder`. */
export async function generate(folder: string, outputs: readonly Output[], input: string = schemas): Promise<void> {
  const plugins = outputs.flatMap(({ out, opt, ours = [], strategy = "all" }) => [
    { local: "protoc-gen-es", out, strategy, opt: [...opt, "erasable_syntax=true"] },
    { local: "protoc-gen-connect-ts", out, strategy, opt: [...opt, ...ours, "elide_plugin_version=true"] },
  ]);
  await runTool("buf", ["generate", input, "--template", JSON.stringify({ version: "v2", plugins })], folder);
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

/** Type-checks with every option that makes TypeScript stricter. */
export async function typecheck(folder: string, include: string, options: object): Promise<void> {
  const config = {
    compilerOptions: {
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
    },
    include: [include],
  };
  const path = join(folder, `tsconfig.${include.replaceAll(/\W+/g, "-")}.json`);
  await writeFile(path, JSON.stringify(config));
  await runTool("tsc", ["-p", path], folder);
}

/** Bundles a module with the sources of the runtime; gives the path of the bundle. */
export async function bundle(
  folder: string,
  name: string,
  source: string,
  options: readonly string[] = [],
): Promise<string> {
  const entry = join(folder, `${name}.ts`);
  const outfile = join(folder, `${name}.bundle.mjs`);
  await mkdir(dirname(entry), { recursive: true });
  await writeFile(entry, source);
  const runtime = join(root, "packages/runtime/src");
  const aliases = ["codec", "in-process", "wkt", "wkt-codec"].map(
    (path) => `--alias:@connect-ts/runtime/${path}=${runtime}/${path}/index.ts`,
  );
  await runTool(
    "esbuild",
    [
      entry,
      "--bundle",
      "--format=esm",
      "--platform=node",
      "--target=es2022",
      "--log-level=warning",
      `--outfile=${outfile}`,
      ...aliases,
      `--alias:@connect-ts/runtime=${runtime}/index.ts`,
      ...options,
    ],
    folder,
  );
  return outfile;
}

/** Runs a module in a process of its own; gives what it printed. */
export async function runModule(path: string): Promise<string> {
  const { stdout } = await execute(process.execPath, [path], { env: { ...process.env, NODE_OPTIONS: "" } });
  return stdout;
}
