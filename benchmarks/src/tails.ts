// pnpm bench:tails [words of names] [--seconds n] [--rounds n] [--write]
//
// How long calls take at 50 % and 80 % of what a server can do: a program of Go, which is nobody's stack, first finds how many calls
// a server answers in a second (128 in flight on 4 connections), then sends so large a part of them, each at a time of its own and
// counted from that. All servers take turns, and each figure is the median of the rounds: what a busy machine does to one of them is
// no tail of the server. --write puts the table into docs/performance.md. It needs Go.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { generate } from "./generator.js";
import { median } from "./median.js";
import { nestedFrame } from "./peers/frames.js";
import type { PeerName } from "./peers/index.js";
import { table } from "./report.js";
import { measured, writeSection } from "./section.js";
import { buildGo, goServer, nodeServer } from "./servers.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "12" },
    rounds: { type: "string", default: "3" },
    write: { type: "boolean", default: false },
  },
});
/** How long a server is warmed up, and its capacity measured. */
const capacitySeconds = 3;
const shares = [0.5, 0.8];

interface Row {
  readonly title: string;
  readonly peer: PeerName | "grpc-go" | "connect-go";
  readonly protocol: "grpc" | "connect";
}

const rows: readonly Row[] = [
  { title: "**connect-ts**, gRPC", peer: "connect-ts", protocol: "grpc" },
  { title: "**connect-ts**, gRPC, generated codecs", peer: "connect-ts-codecs", protocol: "grpc" },
  { title: "@grpc/grpc-js", peer: "grpc-js", protocol: "grpc" },
  { title: "@connectrpc/connect-node, gRPC", peer: "connect-node", protocol: "grpc" },
  { title: "grpc-go", peer: "grpc-go", protocol: "grpc" },
  { title: "connect-go, gRPC", peer: "connect-go", protocol: "grpc" },
  { title: "**connect-ts**, Connect", peer: "connect-ts", protocol: "connect" },
  { title: "**connect-ts**, Connect, generated codecs", peer: "connect-ts-codecs", protocol: "connect" },
  { title: "@connectrpc/connect-node, Connect", peer: "connect-node", protocol: "connect" },
  { title: "connect-go, Connect", peer: "connect-go", protocol: "connect" },
];

const folder = mkdtempSync(join(tmpdir(), "connect-ts-tails-"));
const bodies = { grpc: join(folder, "grpc"), connect: join(folder, "connect") };
writeFileSync(bodies.grpc, nestedFrame);
writeFileSync(bodies.connect, nestedFrame.subarray(5));

/** Calls a second, then the latencies of each share in microseconds. */
async function measureRow({ peer, protocol }: Row): Promise<number[]> {
  const server = await (peer === "grpc-go" || peer === "connect-go" ? goServer(peer) : nodeServer(peer));
  try {
    const options = {
      address: `127.0.0.1:${server.port}`,
      path: "/bench.v1.BenchService/Nested",
      protocol,
      body: bodies[protocol],
    };
    await generate({ ...options, seconds: capacitySeconds });
    const { perSecond } = await generate({ ...options, seconds: capacitySeconds });
    const figures = [perSecond];
    for (const share of shares) {
      const report = await generate({ ...options, rate: perSecond * share, seconds: Number(values.seconds) });
      late.push(report.lateP99);
      figures.push(report.p50, report.p99, report.p999);
    }
    return figures;
  } finally {
    await server.stop();
  }
}

function cellsOf([perSecond = 0, ...latencies]: readonly number[]): string[] {
  return [perSecond.toFixed(0), ...latencies.map(milliseconds)];
}

function milliseconds(us: number): string {
  return (us / 1000).toFixed(us < 10_000 ? 2 : 1);
}

/** By how much the generator was late with 1 % of its calls, in each run. */
const late: number[] = [];
if (!buildGo()) throw new Error("pnpm bench:tails needs Go: its generator of calls is written in it");
const rounds = Number(values.rounds);
const chosen = rows
  .filter(({ title }) => positionals.length === 0 || positionals.some((word) => title.includes(word)))
  .map((row) => ({ row, runs: [] as number[][] }));
for (let round = 0; round < rounds; round++) {
  for (const { row, runs } of chosen) {
    const figures = await measureRow(row);
    runs.push(figures);
    console.log([row.title, ...cellsOf(figures)].join(" | "));
  }
}
const lines = chosen.map(({ row, runs }) => [
  row.title,
  ...cellsOf((runs[0] ?? []).map((_, column) => median(runs.map((figures) => figures[column] ?? 0)))),
]);
rmSync(folder, { recursive: true });
const columns = shares.flatMap((share) => [`p50 at ${share * 100} %`, "p99", "p99.9"]);
const text = [
  table(["milliseconds", "capacity, calls/s", ...columns], lines),
  `Medians of ${rounds} rounds in turns. The generator itself was late with 1 % of its calls by ${milliseconds(median(late))} ms or more in half of these runs, and by ${milliseconds(Math.max(...late))} ms in the worst; that is in the figures.`,
].join("\n\n");
console.log(text);
if (values.write) await writeSection("performance", "pnpm bench:tails --write", `${measured()}\n\n${text}`);
