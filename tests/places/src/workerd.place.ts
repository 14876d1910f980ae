// Our server and our client in workerd, each with the other side on Node: run.mjs bundles and runs this as the place "workerd".
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { expect, it } from "@jest/globals";
import { ourClient, ourServer } from "../../peers/src/ours.js";
import type { ClientPeer, Pair, Server, ServerPeer, Wire } from "../../peers/src/peer.js";
import { runPairs } from "../../peers/src/run-pairs.js";
import type { Job, Seen } from "./worker.js";

/** Where the worker listens that compresses its responses, and where the one that does not. */
interface Origins {
  readonly plain: string;
  readonly compressing: string;
}

/** What all of them print. */
let printed = "";

/** A workerd that runs the workers, started when it is first needed. */
class Workerd {
  child: ChildProcess | undefined;
  origins: Promise<Origins> | undefined;

  start(): Promise<Origins> {
    this.origins ??= new Promise((resolve, reject) => {
      const { WORKERD = "", WORKERD_CONFIG = "" } = process.env;
      const child = spawn(WORKERD, ["serve", WORKERD_CONFIG, "--control-fd=3"], {
        stdio: ["ignore", "pipe", "pipe", "pipe"],
      });
      for (const output of [child.stdout, child.stderr] as Readable[]) {
        output.setEncoding("utf8").on("data", (text) => {
          printed += text;
        });
      }
      this.child = child;
      child.on("error", reject);
      child.on("close", (code) => reject(new Error(`workerd ended with ${code}`)));
      const found = new Map<string, string>();
      createInterface(child.stdio[3] as Readable).on("line", (line) => {
        const { event, socket, port } = JSON.parse(line) as { event: string; socket: string; port?: number };
        if (event === "listen") found.set(socket, `http://127.0.0.1:${port}`);
        const { plain, compressing } = Object.fromEntries(found);
        if (plain !== undefined && compressing !== undefined) resolve({ plain, compressing });
      });
    });
    return this.origins;
  }

  async close(): Promise<void> {
    this.child?.kill();
    this.child = undefined;
    this.origins = undefined;
  }
}

const tellsNothing = "workerd tells a handler that its client has left when it writes, and unary handlers write once";

function workerServer(): ServerPeer {
  const workerd = new Workerd();
  return {
    name: "our server in workerd",
    lacks: { cancellation: tellsNothing },
    async serve(_wire, compress): Promise<Server> {
      const origin = (await workerd.start())[compress ? "compressing" : "plain"];
      let seen: Seen = { started: [], aborted: [] };
      const timer = setInterval(async () => {
        seen = (await (await fetch(`${origin}/seen`)).json()) as Seen;
      }, 50);
      return {
        url: origin,
        started: (method) => seen.started.filter((name) => name === method).length,
        aborted: (method) => seen.aborted.filter((name) => name === method).length,
        close: async () => clearInterval(timer),
      };
    },
    close: () => workerd.close(),
  };
}

function workerClient(): ClientPeer {
  const workerd = new Workerd();
  return {
    name: "our client in workerd",
    lacks: { cancellation: "the call is described in one request to the worker, which has no signal" },
    deadlineMs: 600,
    async open(url, wire, compress) {
      const { plain: origin } = await workerd.start();
      return {
        async call({ signal: _, onMessage, ...call }) {
          const job: Job = { url, wire, compress, call };
          const answer = await fetch(`${origin}/call`, { method: "POST", body: JSON.stringify(job) });
          if (!answer.ok) throw new Error(`the worker failed: ${await answer.text()}`);
          const outcome = (await answer.json()) as Awaited<ReturnType<Awaited<ReturnType<ClientPeer["open"]>>["call"]>>;
          for (const _message of outcome.messages) onMessage?.();
          return outcome;
        },
        close: async () => {},
      };
    },
    close: () => workerd.close(),
  };
}

const wires: readonly Wire[] = [
  { protocol: "connect", codec: "binary", http: "1.1" },
  { protocol: "connect", codec: "json", http: "1.1" },
  { protocol: "connect", codec: "json", http: "1.1", get: true },
  { protocol: "grpc-web", codec: "binary", http: "1.1" },
];

const lacks = { bidi: "HTTP/1.1 is half-duplex for our Node client and server" };

runPairs(
  wires.flatMap((wire): Pair[] => [
    { client: ourClient, server: workerServer, wire, lacks },
    { client: workerClient, server: ourServer, wire, lacks },
  ]),
);

// By TCP: workerd's fetch has no trailers.
runPairs([
  { client: workerClient, server: ourServer, wire: { protocol: "grpc", codec: "binary", http: "2" } },
  { client: workerClient, server: ourServer, wire: { protocol: "grpc", codec: "json", http: "2" } },
]);

it("prints nothing", () => {
  expect(printed).toBe("");
});
