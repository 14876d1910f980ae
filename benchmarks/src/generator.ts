// A file of its own: the commands that call servers with the generator of Go share it.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { goFolder } from "./servers.js";

/** Options of the generator of calls, as it names them. */
export interface GeneratorOptions {
  readonly address: string;
  readonly path: string;
  readonly protocol: "grpc" | "connect";
  /** A file with the request's body. */
  readonly body: string;
  readonly seconds: number;
  /** Calls in a second, each at a time of its own; 0: as many as are answered. */
  readonly rate?: number;
  readonly connections?: number;
  readonly "in-flight"?: number;
}

/** What the generator prints; times are in microseconds. */
export interface Report {
  readonly calls: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly lateP99: number;
}

const run = promisify(execFile);

/** Runs the generator of Go; `buildGo()` has built it. */
export async function generate(options: GeneratorOptions): Promise<Report> {
  const args = Object.entries(options).flatMap(([name, value]) => [`-${name}`, String(value)]);
  const env = { ...process.env, GOMAXPROCS: "1" };
  const { stdout } = await run(`${goFolder}.cache/generator`, args, { env });
  return JSON.parse(stdout) as Report;
}
