import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import type { Figures } from "./measure.js";
import { idleVerdict, table, verdicts, verdictTable } from "./report.js";
import { idle, scenarios } from "./scenarios.js";

/** Node 20 is what users have at least; the figures of newer ones stand beside it. */
const major = Number(process.versions.node.split(".")[0]);
const document = new URL(`../../docs/benchmarks${major === 20 ? "" : "-newest-node"}.md`, import.meta.url);
const begin = "<!-- written by `pnpm bench`: from here -->";
const end = "<!-- written by `pnpm bench`: to here -->";

const packages = [
  "@bufbuild/protobuf",
  "@grpc/grpc-js",
  "@grpc/proto-loader",
  "nice-grpc",
  "@connectrpc/connect-node",
  "@trpc/server",
];

/** Puts the tables into docs/benchmarks.md, between two marks; what people wrote around them stays. */
export async function writeDocument(results: ReadonlyMap<string, Figures>, tables: readonly string[]): Promise<void> {
  const list = [
    ...scenarios.flatMap((scenario) => verdicts(scenario, results.get(scenario.name) ?? new Map())),
    ...idleVerdict(results.get(idle.name) ?? new Map()),
  ];
  const sections = [environment(), `### Targets\n\n${verdictTable(list)}`, ...tables];
  const text = await readFile(document, "utf8");
  const before = text.slice(0, text.indexOf(begin));
  const after = text.slice(text.indexOf(end));
  await writeFile(document, `${before}${begin}\n\n${sections.join("\n\n")}\n\n${after}`);
}

function environment(): string {
  const [cpu] = os.cpus();
  const rows = packages.map((name) => [name, versionOf(name)]);
  const where = `Measured on ${new Date().toISOString().slice(0, 10)} with Node ${process.version} on ${os.cpus().length} × ${cpu?.model.trim() || os.arch()}.`;
  return `${where}\n\n${table(["package", "version"], rows)}`;
}

function versionOf(name: string): string {
  const require = createRequire(import.meta.url);
  const paths = require.resolve.paths(name) ?? [];
  for (const path of paths) {
    try {
      return (require(`${path}/${name}/package.json`) as { version: string }).version;
    } catch {
      // The next folder up may have it.
    }
  }
  return "?";
}
