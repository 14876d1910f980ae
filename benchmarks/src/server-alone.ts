// pnpm bench:server [tiny|nested] [--rounds n] [--calls n]
//
// What a gRPC call costs a server, alone: h2load, which is nobody's stack, calls the servers of all stacks in turn. Those of Go are
// built when there is a Go compiler. CPU time is what the kernel counts for the server's process.
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { median } from "./median.js";
import { nestedFrame, tinyFrame } from "./peers/frames.js";
import type { PeerName } from "./peers/index.js";
import { buildGo, cpuOf, goServer, nodeServer, type Running } from "./servers.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "5" }, calls: { type: "string", default: "20000" } },
});
const nodeStacks: readonly PeerName[] = ["raw", "connect-ts", "connect-ts-codecs", "grpc-js", "connect-node"];
const goStacks = ["grpc-go", "connect-go"] as const;
const methods = { tiny: tinyFrame, nested: nestedFrame } as const;
function load(server: Running, method: string, body: string, calls: number): Promise<void> {
  const path = `/bench.v1.BenchService/${method === "tiny" ? "Tiny" : "Nested"}`;
  const headers = ["content-type: application/grpc", "te: trailers"].flatMap((header) => ["-H", header]);
  const args = ["-c4", "-m32", `-n${calls}`, "-d", body, ...headers, `http://127.0.0.1:${server.port}${path}`];
  return new Promise((resolve, reject) => {
    const child = spawn("h2load", args, { stdio: ["ignore", "pipe", "inherit"] });
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
const names: readonly string[] = [...nodeStacks, ...(buildGo() ? goStacks : [])];
const rows = new Map<string, string[]>(names.map((name) => [name, []]));
const chosen = Object.entries(methods).filter(([name]) => positionals.length === 0 || positionals.includes(name));
for (const [method, frame] of chosen) {
  const body = join(folder, method);
  writeFileSync(body, frame);
  const calls = Number(values.calls);
  const servers = await Promise.all([
    ...nodeStacks.map(nodeServer),
    ...names.filter((name) => goStacks.some((one) => one === name)).map(goServer),
  ]);
  const figures = new Map<string, number[]>(names.map((name) => [name, []]));
  for (const server of servers) await load(server, method, body, calls / 4);
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const server of servers) {
      // The slow ones answer fewer calls: the time of a round is what counts.
      const count = server.name === "connect-node" ? calls / 4 : calls;
      const before = cpuOf(server.pid);
      await load(server, method, body, count);
      figures.get(server.name)?.push((cpuOf(server.pid) - before) / count);
    }
  }
  const goCost = median(figures.get("grpc-go") ?? []);
  const rawCost = median(figures.get("raw") ?? []);
  for (const [name, all] of figures) {
    const cost = median(all);
    rows.get(name)?.push(cost.toFixed(1), (cost / rawCost).toFixed(2), goCost ? (cost / goCost).toFixed(2) : "-");
  }
  for (const server of servers) await server.stop();
}
console.log(`| server |${chosen.map(([name]) => ` ${name}: µs a call | ÷ raw | ÷ grpc-go |`).join("")}`);
console.log(`| --- |${chosen.map(() => " --: | --: | --: |").join("")}`);
for (const [name, cells] of rows) console.log(`| ${name} | ${cells.join(" | ")} |`);
