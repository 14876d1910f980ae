import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ServerInit } from "./servers.js";

/** What a server's process is asked. */
export type Ask = { readonly id: number } & (
  | { readonly do: "start"; readonly init: ServerInit }
  | { readonly do: "drain"; readonly graceMs: number }
  | { readonly do: "close" | "state" | "glance" }
);

/** How a server's process is. */
export interface ServerState {
  readonly pings: readonly (readonly [number: number, runs: number])[];
  readonly began: number;
  readonly ended: number;
  readonly aborted: number;
  readonly abortedAt: readonly number[];
  readonly complete: number;
  readonly broken: readonly string[];
  readonly unhandled: readonly string[];
  readonly resources: Readonly<Record<string, number>>;
  readonly memory: NodeJS.MemoryUsage;
  /** Since the last time it was asked for. */
  readonly peakRss: number;
  readonly cpuMs: number;
}

/** A server in a process of its own. */
export class ServerProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  readonly waiting: Map<number, (answer: { readonly value?: unknown; readonly error?: string }) => void> = new Map();
  port = 0;
  output = "";
  over: string | undefined = undefined;
  asked = 0;

  /** @param program - what to run it with */
  constructor(program: string = process.execPath) {
    this.child = spawn(program, ["--expose-gc", fileURLToPath(new URL("server.js", import.meta.url))], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...process.env, NODE_OPTIONS: "" },
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output = `${this.output}${text}`.slice(-20_000);
      });
    }
    this.child.on("message", (answer: { readonly id: number; readonly value?: unknown; readonly error?: string }) => {
      this.waiting.get(answer.id)?.(answer);
      this.waiting.delete(answer.id);
    });
    this.ended = new Promise((resolve) => {
      this.child.on("close", (code, signal) => {
        this.over = `the server's process ended by ${signal ?? code}: ${this.output.slice(-500)}`;
        for (const answer of this.waiting.values()) answer({ error: this.over });
        resolve();
      });
    });
  }

  async start(init: ServerInit): Promise<void> {
    this.port = (await this.ask({ do: "start", init })) as number;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  ask(ask: { readonly do: Ask["do"]; readonly init?: ServerInit; readonly graceMs?: number }): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.over !== undefined) {
        reject(new Error(this.over));
        return;
      }
      const id = ++this.asked;
      this.waiting.set(id, ({ value, error }) => (error === undefined ? resolve(value) : reject(new Error(error))));
      this.child.send({ id, ...ask });
    });
  }

  /** Without a garbage collection, which would stop the server for some time. */
  async glance(): Promise<ServerState> {
    return (await this.ask({ do: "glance" })) as ServerState;
  }

  async state(): Promise<ServerState> {
    return (await this.ask({ do: "state" })) as ServerState;
  }

  async drain(graceMs: number): Promise<{ readonly ms: number; readonly finished?: number; readonly cut?: number }> {
    return (await this.ask({ do: "drain", graceMs })) as never;
  }

  /** Ends the process, at once; what it had to tell is told before. */
  async stop(): Promise<void> {
    if (this.over === undefined) this.child.kill("SIGKILL");
    await this.ended;
  }
}
