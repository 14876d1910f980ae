// pnpm bench:server [tiny|nested] [--rounds n] [--calls n]
//
// What a gRPC call costs a server, alone: h2load, which is nobody's stack, calls the servers of all stacks in turn. Those of Go are
// built when there is a Go compiler. CPU time is what the kernel counts for the server's process.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { median } from "./median.js";
import { nestedFrame, tinyFrame } from "./peers/frames.js";
import type { PeerName } from "./peers/index.js";
import { WorkerProcess } from "./worker-process.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "5" }, calls: { type: "string", default: "20000" } },
});
const nodeStacks: readonly PeerName[] = ["raw", "connect-ts", "connect-ts-codecs", "grpc-js", "connect-node"];
const goStacks = ["grpc-go", "connect-go"] as const;
const methods = { tiny: tinyFrame, nested: nestedFrame } as const;
const goFolder = fileURLToPath(new URL("../go/", import.meta.url));
const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"]));

/** A server that runs. */
interface Running {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  stop(): unknown;
}

async function nodeServer(name: PeerName): Promise<Running> {
  const worker = new WorkerProcess();
  const port = await worker.do<number>({ type: "serve", peer: name, setup: { wire: "grpc" } });
  return { name, pid: worker.child.pid as number, port, stop: () => worker.stop() };
}

/** One core for each stack: a server of Node has one too. */
async function goServer(name: string): Promise<Running> {
  const env = { ...process.env, GOMAXPROCS: "1" };
  const child: ChildProcess = spawn(`${goFolder}.cache/servers`, [name], { env, stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise<number>((resolve) => child.stdout?.once("data", (line) => resolve(Number(line))));
  return { name, pid: child.pid as number, port, stop: () => child.kill() };
}

/** Builds the servers of Go's stacks; false when there is no Go. */
function buildGo(): boolean {
  const run = (command: string, args: readonly string[]): unknown =>
    execFileSync(command, args, {
      cwd: goFolder,
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, GOBIN: `${goFolder}.cache/bin` },
    });
  try {
    execFileSync("go", ["version"], { stdio: "ignore" });
  } catch {
    return false;
  }
  run("go", [
    "install",
    "google.golang.org/protobuf/cmd/protoc-gen-go",
    "connectrpc.com/connect/cmd/protoc-gen-connect-go",
  ]);
  run("go", ["install", "google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2"]);
  run(fileURLToPath(new URL("../node_modules/.bin/buf", import.meta.url)), ["generate", "../proto"]);
  run("go", ["build", "-o", ".cache/servers", "."]);
  return true;
}

/** User and system time of a process so far, in microseconds. */
function cpuOf(pid: number): number {
  // proc_pid_stat(5): fields 14 and 15; the second may have spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1e6) / ticksPerSecond;
}

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
