// Servers of all stacks, in processes of their own. Those of Go have one core, as a server of Node has.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { PeerName } from "./peers/index.js";
import type { Setup } from "./peers/peer.js";
import { WorkerProcess } from "./worker-process.js";

export const goFolder: string = fileURLToPath(new URL("../go/", import.meta.url));

const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"]));

/** A server that runs. */
export interface Running {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  stop(): unknown;
}

export async function nodeServer(name: PeerName, wire: Setup["wire"] = "grpc"): Promise<Running> {
  const worker = new WorkerProcess();
  const port = await worker.do<number>({ type: "serve", peer: name, setup: { wire } });
  return { name, pid: worker.child.pid as number, port, stop: () => worker.stop() };
}

export async function goServer(name: string): Promise<Running> {
  const env = { ...process.env, GOMAXPROCS: "1" };
  const child: ChildProcess = spawn(`${goFolder}.cache/servers`, [name], { env, stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise<number>((resolve) => child.stdout?.once("data", (line) => resolve(Number(line))));
  return { name, pid: child.pid as number, port, stop: () => child.kill() };
}

/** Builds the programs of Go: the servers of its stacks, and the generator of calls; false when there is no Go. */
export function buildGo(): boolean {
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
  run("go", ["build", "-o", ".cache/generator", "./generator"]);
  return true;
}

/** User and system time of a process so far, in microseconds. */
export function cpuOf(pid: number): number {
  // proc_pid_stat(5): fields 14 and 15; the second may have spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1e6) / ticksPerSecond;
}
