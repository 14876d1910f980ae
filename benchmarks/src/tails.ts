// pnpm bench:tails [words of names] [--seconds n] [--write]
//
// How long calls take at 50 % and 80 % of what a server can do: a program of Go, which is nobody's stack, first finds how many calls
// a server answers in a second (128 in flight on 4 connections), then sends so large a part of them, each at a time of its own and
// counted from that. --write puts the table into docs/performance.md. It needs Go.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { generate } from "./generator.js";
import { nestedFrame } from "./peers/frames.js";
import type { PeerName } from "./peers/index.js";
import { table } from "./report.js";
import { measured, writeSection } from "./section.js";
import { buildGo, goServer, nodeServer } from "./servers.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: "string", default: "12" }, write: { type: "boolean", default: false } },
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

async function measureRow({ title, peer, protocol }: Row): Promise<string[]> {
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
    const cells = [title, perSecond.toFixed(0)];
    for (const share of shares) {
      const report = await generate({ ...options, rate: perSecond * share, seconds: Number(values.seconds) });
      mostLate = Math.max(mostLate, report.lateP99);
      cells.push(...[report.p50, report.p99, report.p999].map(milliseconds));
    }
    return cells;
  } finally {
    await server.stop();
  }
}

function milliseconds(us: number): string {
  return (us / 1000).toFixed(us < 10_000 ? 2 : 1);
}

let mostLate = 0;
if (!buildGo()) throw new Error("pnpm bench:tails needs Go: its generator of calls is written in it");
const lines: string[][] = [];
const chosen = rows.filter(({ title }) => positionals.length === 0 || positionals.some((word) => title.includes(word)));
for (const row of chosen) {
  lines.push(await measureRow(row));
  console.log(lines.at(-1)?.join(" | "));
}
rmSync(folder, { recursive: true });
const columns = shares.flatMap((share) => [`p50 at ${share * 100} %`, "p99", "p99.9"]);
const text = [
  table(["milliseconds", "capacity, calls/s", ...columns], lines),
  `The generator itself was late with 1 % of its calls by ${milliseconds(mostLate)} ms or more in the worst of these runs; that is in the figures.`,
].join("\n\n");
console.log(text);
if (values.write) await writeSection("performance", "pnpm bench:tails --write", `${measured()}\n\n${text}`);
