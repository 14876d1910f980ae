import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { descriptorSet } from "./descriptors.js";
import type { Call, Client, ClientPeer, Feature, Method, Outcome, Server, ServerPeer, Wire } from "./peer.js";

/** How long a program may take to answer, and to end. */
const answerMs = 15_000;
const endMs = 3000;

/**
 * A foreign implementation in a process of its own: it shares nothing with ours but the wire.
 * The program reads jobs from its standard input and writes to its standard output, one JSON object a line:
 *
 *     -> { "schema": "<FileDescriptorSet, base64>" }                        first
 *     -> { "id": 1, "serve": { "wire": {...}, "compress": true } }
 *     <- { "id": 1, "result": { "port": 4711 } }
 *     <- { "server": 1, "event": "started", "method": "Ping" }
 *     <- { "server": 1, "event": "aborted", "method": "Ping" }              a handler saw that its call was over early
 *     -> { "id": 2, "stop": 1 }
 *     <- { "id": 2, "result": {} }
 *     -> { "id": 3, "call": { "url", "wire", "compress", "method", "requests", ... } }
 *     <- { "id": 3, "message": true }                                       a message came
 *     -> { "cancel": 3 }
 *     <- { "id": 3, "result": <Outcome> } or { "id": 3, "failed": "why" }
 *
 * It ends when its input does.
 */
export class PeerProgram {
  readonly name: string;
  readonly command: readonly string[];
  readonly jobs: Map<number, Job> = new Map();
  readonly seen: Map<number, Seen> = new Map();
  child: ChildProcess | undefined;
  /** Why the program does not run any more. */
  over: string | undefined;
  lastId = 0;
  errors = "";

  constructor(name: string, command: readonly string[]) {
    this.name = name;
    this.command = command;
  }

  client(lacks: Partial<Record<Feature, string>> = {}): ClientPeer {
    return {
      name: this.name,
      lacks,
      deadlineMs: 60,
      open: async (url, wire, compress): Promise<Client> => ({
        call: (call) => this.call(url, wire, compress, call),
        close: async () => {},
      }),
      close: () => this.close(),
    };
  }

  server(lacks: Partial<Record<Feature, string>> = {}): ServerPeer {
    return {
      name: this.name,
      lacks,
      serve: (wire, compress) => this.serve(wire, compress),
      close: () => this.close(),
    };
  }

  async serve(wire: Wire, compress: boolean): Promise<Server> {
    const job = this.start({ serve: { wire, compress } });
    const seen: Seen = { started: [], aborted: [] };
    this.seen.set(job.id, seen);
    const { port } = (await job.result) as { readonly port: number };
    return {
      url: `http://127.0.0.1:${port}`,
      started: (method) => seen.started.filter((name) => name === method).length,
      aborted: (method) => seen.aborted.filter((name) => name === method).length,
      close: async () => {
        await this.start({ stop: job.id }).result;
      },
    };
  }

  async call(url: string, wire: Wire, compress: boolean, call: Call): Promise<Outcome> {
    const { signal, onMessage, ...rest } = call;
    const job = this.start({ call: { url, wire, compress, ...rest } }, onMessage);
    const cancel = () => this.write({ cancel: job.id });
    signal?.addEventListener("abort", cancel);
    try {
      return (await job.result) as Outcome;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  start(job: object, onMessage?: () => void): { readonly id: number; readonly result: Promise<unknown> } {
    const id = ++this.lastId;
    const result = new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.jobs.delete(id);
        reject(new Error(`${this.name} did not answer within ${answerMs} ms. ${this.errors}`));
      }, answerMs);
      this.jobs.set(id, {
        onMessage,
        settle: (error, value) => {
          clearTimeout(timer);
          this.jobs.delete(id);
          if (error === undefined) resolve(value);
          else reject(new Error(`${this.name}: ${error}`));
        },
      });
    });
    if (this.over === undefined) this.write({ id, ...job });
    else this.jobs.get(id)?.settle(this.over, undefined);
    return { id, result };
  }

  write(line: object): void {
    this.child ??= this.spawn();
    this.child.stdin?.write(`${JSON.stringify(line)}\n`);
  }

  spawn(): ChildProcess {
    const [file, ...args] = this.command as [string, ...string[]];
    // Nothing of jest's environment, its NODE_OPTIONS for one.
    const { PATH = "", PYTHONPATH = "" } = process.env;
    const child = spawn(file, args, { env: { PATH, PYTHONPATH }, stdio: "pipe" });
    child.stdin.on("error", () => {});
    child.stderr.on("data", (chunk) => {
      this.errors = `${this.errors}${chunk}`.slice(-2000);
    });
    createInterface(child.stdout).on("line", (line) => this.read(JSON.parse(line) as Line));
    const over = (why: string) => {
      this.over ??= `${why}. ${this.errors}`;
      for (const job of [...this.jobs.values()]) job.settle(this.over, undefined);
    };
    child.on("error", (error) => over(`${file} does not start: ${error.message}`));
    child.on("close", (code, signal) => over(`${file} ended with ${code ?? signal}`));
    child.stdin.write(`${JSON.stringify({ schema: Buffer.from(descriptorSet()).toString("base64") })}\n`);
    return child;
  }

  read(line: Line): void {
    if (line.server !== undefined) this.seen.get(line.server)?.[line.event as keyof Seen].push(line.method as Method);
    const job = line.id === undefined ? undefined : this.jobs.get(line.id);
    if (line.message) job?.onMessage?.();
    else if (line.failed !== undefined) job?.settle(line.failed, undefined);
    else job?.settle(undefined, line.result);
  }

  async close(): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.on("exit", resolve));
    child.stdin?.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), endMs);
    await ended;
    clearTimeout(timer);
  }
}

/** What the handlers of a server told. */
interface Seen {
  readonly started: Method[];
  readonly aborted: Method[];
}

interface Job {
  readonly onMessage: (() => void) | undefined;
  settle(error: string | undefined, value: unknown): void;
}

interface Line {
  readonly id?: number;
  readonly result?: unknown;
  readonly failed?: string;
  readonly message?: boolean;
  readonly server?: number;
  readonly event?: string;
  readonly method?: string;
}

/** The path of a program in `programs/`. */
export function programPath(name: string): string {
  return fileURLToPath(new URL(`../programs/${name}`, import.meta.url));
}
