// The files of a project, made of the folders in templates/.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Client, PackageManager, Server } from "./options.js";

export interface Project {
  readonly folder: string;
  readonly server: Server;
  readonly client: Client;
  readonly packageManager: PackageManager;
}

/** Where the templates are, and the version of this package, which all packages of connect-ts have. */
export interface Source {
  readonly templates: string;
  readonly version: string;
}

type Table = Record<string, string>;
interface Manifest {
  readonly private?: boolean;
  readonly type?: string;
  readonly scripts?: Table;
  readonly dependencies?: Table;
  readonly devDependencies?: Table;
}

/** What is wrong with a folder to make a project in, if anything. A repository without files is empty. */
export function folderProblem(folder: string): string | undefined {
  const path = resolve(folder);
  if (!existsSync(path)) return undefined;
  let names: string[];
  try {
    names = readdirSync(path).filter((name) => name !== ".git");
  } catch (error) {
    return `${folder} cannot be read as a folder: ${messageOf(error)}`;
  }
  if (names.length === 0) return undefined;
  const shown = names.slice(0, 3).join(", ");
  const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
  return `${folder} is not empty: it has ${shown}${more}. Give the name of a folder that is new or empty`;
}

/** The project's files and what they hold; their names are relative to its folder. */
export function projectFiles(project: Project, { templates, version }: Source): Map<string, string> {
  const { server, client } = project;
  const parts = [
    "base",
    ...(server === "workerd" ? ["workerd"] : ["port", server]),
    ...(client === "web" ? ["web"] : []),
  ];
  const files = new Map<string, string>();
  const manifests: Manifest[] = [];
  let readme = "";
  for (const part of parts) {
    for (const name of filesBelow(join(templates, part))) {
      const text = readFileSync(join(templates, part, name), "utf8");
      if (name === "package.json") manifests.push(JSON.parse(text) as Manifest);
      else if (name === "README.md") readme += text;
      // npm leaves .gitignore out of packages.
      else if (name === "_gitignore") files.set(".gitignore", text);
      // Those of other parts are for checks in this repository.
      else if (name !== "tsconfig.json" || part === "base") files.set(name, text);
    }
  }
  const name = packageName(project.folder);
  files.set("package.json", `${JSON.stringify(merge(name, manifests, version), undefined, 2)}\n`);
  files.set("README.md", fill(readme, name, project.packageManager));
  return files;
}

export function writeProject(folder: string, files: ReadonlyMap<string, string>): void {
  for (const [name, text] of files) {
    const path = join(resolve(folder), name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: "wx" });
  }
}

/** Files below a folder, with `/` between folders; without what is installed in this repository. */
function filesBelow(folder: string, prefix = ""): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === "node_modules") return [];
    return entry.isDirectory() ? filesBelow(folder, `${prefix}${entry.name}/`) : [prefix + entry.name];
  });
}

/** A name that npm takes, of the folder's: https://docs.npmjs.com/cli/configuring-npm/package-json#name */
function packageName(folder: string): string {
  const name = basename(resolve(folder))
    .toLowerCase()
    .replaceAll(/[^a-z0-9._~-]+/g, "-")
    .replace(/^[._-]+/, "")
    .slice(0, 214);
  return name === "" || name === "node_modules" ? "my-app" : name;
}

function merge(name: string, manifests: readonly Manifest[], version: string) {
  const table = (key: "scripts" | "dependencies" | "devDependencies") =>
    Object.assign({}, ...manifests.map((manifest) => manifest[key])) as Table;
  const versions = (key: "dependencies" | "devDependencies") =>
    Object.fromEntries(
      Object.entries(table(key))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([dependency, range]) => [dependency, range === "workspace:^" ? `^${version}` : range]),
    );
  return {
    name,
    version: "0.0.0",
    private: true,
    type: "module",
    scripts: table("scripts"),
    dependencies: versions("dependencies"),
    devDependencies: versions("devDependencies"),
  };
}

/** How each package manager runs a script, and a program of a package. */
const commands: Readonly<Record<PackageManager, { readonly run: string; readonly exec: string }>> = {
  npm: { run: "npm run", exec: "npx" },
  pnpm: { run: "pnpm run", exec: "pnpm exec" },
  yarn: { run: "yarn run", exec: "yarn run" },
  bun: { run: "bun run", exec: "bunx" },
  deno: { run: "deno task", exec: "deno run --allow-all" },
};

/** The commands that a user types next. */
export function commandsOf(packageManager: PackageManager): {
  readonly install: string;
  readonly run: string;
  readonly exec: string;
} {
  return { install: `${packageManager} install`, ...commands[packageManager] };
}

function fill(text: string, name: string, packageManager: PackageManager): string {
  const values = new Map(Object.entries({ name, ...commandsOf(packageManager) }));
  return text.replaceAll(/\{(\w+)\}/g, (placeholder, key: string) => values.get(key) ?? placeholder);
}

/** What an error says, whichever realm it comes from. */
export function messageOf(error: unknown): string {
  return String((error as { readonly message?: unknown } | null | undefined)?.message ?? error);
}
