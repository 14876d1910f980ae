// pnpm bench:server [tiny|nested|json-tiny|json-nested ...] [--rounds n] [--calls n]
//
// What a call costs a server, alone: h2load, which is nobody's stack, calls the servers of all stacks in turn, by gRPC over HTTP/2
// or with JSON over HTTP/1.1. Those of Go are built when there is a Go compiler. CPU time is what the kernel counts for the
// server's process.
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { create, toJsonString } from "@bufbuild/protobuf";
import { NestedRequestSchema, TinyRequestSchema } from "./gen/bench/v1/bench_pb.js";
import { median } from "./median.js";
import { order, tiny } from "./messages.js";
import { nestedFrame, tinyFrame } from "./peers/frames.js";
import type { PeerName } from "./peers/index.js";
import type { Setup } from "./peers/peer.js";
import { buildGo, cpuOf, goServer, nodeServer, type Running } from "./servers.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "5" }, calls: { type: "string", default: "20000" } },
});

/** A table: what is called, and how. */
interface Load {
  readonly wire: Setup["wire"];
  readonly method: "Tiny" | "Nested";
  readonly body: string | Uint8Array;
}
const loads: Readonly<Record<string, Load>> = {
  tiny: { wire: "grpc", method: "Tiny", body: tinyFrame },
  nested: { wire: "grpc", method: "Nested", body: nestedFrame },
  "json-tiny": {
    wire: "json-http1",
    method: "Tiny",
    body: toJsonString(TinyRequestSchema, create(TinyRequestSchema, tiny)),
  },
  "json-nested": {
    wire: "json-http1",
    method: "Nested",
    body: toJsonString(NestedRequestSchema, create(NestedRequestSchema, { order })),
  },
};

/** The stacks of a wire: the bare one first, and what they are compared with besides. */
const nodeStacks: Readonly<Record<Setup["wire"], readonly PeerName[]>> = {
  grpc: ["raw", "connect-ts", "connect-ts-codecs", "grpc-js", "connect-node"],
  "json-http1": ["raw-http1", "connect-ts", "connect-ts-codecs", "connect-node"],
};
const goStacks: Readonly<Record<Setup["wire"], readonly string[]>> = {
  grpc: ["grpc-go", "connect-go"],
  "json-http1": ["connect-go"],
};
const clientArgs: Readonly<Record<Setup["wire"], readonly string[]>> = {
  grpc: ["-c4", "-m32", "-H", "content-type: application/grpc", "-H", "te: trailers"],
  "json-http1": ["--h1", "-c32", "-H", "content-type: application/json", "-H", "connect-protocol-version: 1"],
};

function call(server: Running, { wire, method }: Load, body: string, calls: number): Promise<void> {
  const args = [...clientArgs[wire], `-n${calls}`, "-d", body];
  return new Promise((resolve, reject) => {
    const child = spawn("h2load", [...args, `http://127.0.0.1:${server.port}/bench.v1.BenchService/${method}`], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    child.once("error", reject);
    child.once("close", () => {
      if (output.includes(` ${calls} succeeded, 0 failed`)) resolve();
      else reject(new Error(`${server.name} does not answer all calls:\n${output}`));
    });
  });
}

const folder = join(tmpdir(), `connect-ts-bench-${process.pid}`);
mkdirSync(folder);
const hasGo = buildGo();
for (const [name, load] of Object.entries(loads)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const body = join(folder, name);
  writeFileSync(body, load.body);
  const calls = Number(values.calls);
  const bare = nodeStacks[load.wire][0];
  const go = hasGo ? goStacks[load.wire] : [];
  const servers = await Promise.all([
    ...nodeStacks[load.wire].map((peer) => nodeServer(peer, load.wire)),
    ...go.map(goServer),
  ]);
  const figures = new Map<string, number[]>(servers.map((server) => [server.name, []]));
  for (const server of servers) await call(server, load, body, calls / 4);
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const server of servers) {
      // The slow ones answer fewer calls: the time of a round is what counts.
      const count = server.name === "connect-node" ? calls / 4 : calls;
      const before = cpuOf(server.pid);
      await call(server, load, body, count);
      figures.get(server.name)?.push((cpuOf(server.pid) - before) / count);
    }
  }
  for (const server of servers) await server.stop();
  const cost = (of: string | undefined): number => median(figures.get(of ?? "") ?? []);
  const ratio = (of: string, to: string | undefined): string => (cost(to) ? (cost(of) / cost(to)).toFixed(2) : "-");
  console.log(`| ${name} | µs a call | ÷ ${bare} | ÷ ${go[0] ?? "Go"} |\n| --- | --: | --: | --: |`);
  for (const of of figures.keys())
    console.log(`| ${of} | ${cost(of).toFixed(1)} | ${ratio(of, bare)} | ${ratio(of, go[0])} |`);
  console.log();
}
