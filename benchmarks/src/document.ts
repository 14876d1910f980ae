import { createRequire } from "node:module";
import type { Figures } from "./measure.js";
import { idleVerdict, table, verdicts, verdictTable } from "./report.js";
import { idle, scenarios } from "./scenarios.js";
import { measured, writeSection } from "./section.js";

/** Node 20 is what users have at least; the figures of newer ones stand beside it. */
const major = Number(process.versions.node.split(".")[0]);
const page = `benchmarks${major === 20 ? "" : "-newest-node"}`;

const packages = [
  "@bufbuild/protobuf",
  "@grpc/grpc-js",
  "@grpc/proto-loader",
  "nice-grpc",
  "@connectrpc/connect-node",
  "@trpc/server",
];

/** Puts the tables into docs/benchmarks.md. */
export async function writeDocument(results: ReadonlyMap<string, Figures>, tables: readonly string[]): Promise<void> {
  const list = [
    ...scenarios.flatMap((scenario) => verdicts(scenario, results.get(scenario.name) ?? new Map())),
    ...idleVerdict(results.get(idle.name) ?? new Map()),
  ];
  const sections = [environment(), `### Targets\n\n${verdictTable(list)}`, ...tables];
  await writeSection(page, "pnpm bench", sections.join("\n\n"));
}

function environment(): string {
  const rows = packages.map((name) => [name, versionOf(name)]);
  return `${measured()}\n\n${table(["package", "version"], rows)}`;
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
