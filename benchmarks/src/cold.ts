// pnpm bench:cold [rounds]: what a process costs that imports a stack, answers one call, and ends; and a function of Lambda
// from the import of its handler to its first answer. CPU time of whole processes above an empty one, in turns, medians.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

interface Row {
  readonly program: string;
  readonly title: string;
}

const served: readonly Row[] = [
  { program: "ours-codecs", title: "**connect-ts**, generated codecs" },
  { program: "ours", title: "**connect-ts**, protobuf-es's codecs" },
  { program: "grpc-js", title: "@grpc/grpc-js with @grpc/proto-loader" },
  { program: "connect-node", title: "@connectrpc/connect-node" },
  { program: "json-http1", title: "**connect-ts**, generated codecs: JSON over HTTP/1.1" },
  { program: "trpc", title: "tRPC: JSON over HTTP/1.1" },
  { program: "protobuf-es", title: "protobuf-es and a `_pb` file alone, no RPC" },
];
const functions: readonly Row[] = [
  { program: "lambda-codecs", title: "**connect-ts**, generated codecs" },
  { program: "lambda", title: "**connect-ts**, protobuf-es's codecs" },
  { program: "lambda-connect-node", title: "@connectrpc/connect, its router" },
  { program: "lambda-trpc", title: "tRPC" },
];

interface Used {
  readonly cpuUs: number;
  readonly peakKiB: number;
}

interface Loaded {
  /** Files of the published packages of connect-ts. */
  readonly ours: number;
  readonly protobufEs: number;
  readonly all: number;
}

const rounds = Number(process.argv[2] ?? 11);
const programs = ["empty", ...[...served, ...functions].map(({ program }) => program)];
// Where it is set, Node reads all of those certificates in each process: 40 ms of CPU that no program asked for.
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
const run = promisify(execFile);
const pathOf = (name: string): string => fileURLToPath(new URL(`cold-${name}.js`, import.meta.url));

const used = new Map<string, Used[]>(programs.map((program) => [program, []]));
// The first round reads the files from the disk.
for (let round = 0; round <= rounds; round++) {
  for (const program of programs) {
    const { stdout } = await run(process.execPath, [pathOf(program)], { env });
    if (round > 0) used.get(program)?.push(JSON.parse(stdout) as Used);
  }
}
const loaded = new Map<string, Loaded>();
for (const program of programs) {
  const { stderr } = await run(process.execPath, ["--import", pathOf("count-loads"), pathOf(program)]);
  loaded.set(program, JSON.parse(stderr.trim().split("\n").at(-1) as string) as Loaded);
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number;
const cpuMs = (program: string): number => median((used.get(program) as Used[]).map(({ cpuUs }) => cpuUs)) / 1000;
const peakMb = (program: string): number => median((used.get(program) as Used[]).map(({ peakKiB }) => peakKiB)) / 1024;
const above = (program: string): number => cpuMs(program) - cpuMs("empty");

function table(title: string, rows: readonly Row[], base: string): void {
  console.log(`\n| ${title} | CPU, ms | ÷ ${base} | memory, MB | files of ours | of protobuf-es | all |`);
  console.log("| --- | --: | --: | --: | --: | --: | --: |");
  for (const { program, title: name } of rows) {
    const { ours, protobufEs, all } = loaded.get(program) as Loaded;
    const cells = [above(program).toFixed(1), (above(program) / above(base)).toFixed(2)];
    cells.push((peakMb(program) - peakMb("empty")).toFixed(1), String(ours), String(protobufEs), String(all));
    console.log(`| ${name} | ${cells.join(" | ")} |`);
  }
}

console.log(
  `Above an empty process, which takes ${cpuMs("empty").toFixed(1)} ms of CPU; Node ${process.versions.node}.`,
);
table("import, serve, one gRPC call, exit", served, "grpc-js");
table("a function of Lambda: import of the handler, first answer, exit", functions, "lambda-trpc");
const own = above("ours") - above("protobuf-es");
console.log(`\nWith protobuf-es's codecs ${own.toFixed(1)} ms above protobuf-es and \`_pb\`.`);
