// pnpm bench:cores [--seconds n] [--write]
//
// What a second process on the same port brings, by node:cluster: CPU time of a call, calls in a second when each takes 1 ms of a
// core, and calls that are lost while all processes are replaced. --write puts it into docs/cores.md. It needs Go for its calls.
import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { grpc } from "@connect-ts/runtime";
import { createNodeTransport } from "@connect-ts/runtime/node";
import { generate } from "./generator.js";
import { median } from "./median.js";
import { nestedFrame, tinyFrame } from "./peers/frames.js";
import { table } from "./report.js";
import { measured, writeSection } from "./section.js";
import { buildGo, cpuOf } from "./servers.js";
import { createBenchServiceClient } from "./with-codecs/gen/bench/v1/bench_connect.js";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "4" }, write: { type: "boolean", default: false } },
});
const seconds = Number(values.seconds);
const rounds = 3;
/** Of each process, so that each has the same work whatever their number. */
const connections = 4;
const inFlight = 8;
/** Calls in a second: a process that has nothing to do in between and one that is behind with its calls read other numbers at once. */
const ratePerProcess = 2000;
const most = { cpu: 1.05, calls: 1.85 };

cluster.setupPrimary({ exec: fileURLToPath(new URL("./cores-worker.js", import.meta.url)) });

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** Processes that serve on one port. */
class Group {
  readonly port: number;
  readonly size: number;
  workers: Worker[] = [];

  constructor(port: number, size: number) {
    this.port = port;
    this.size = size;
  }

  async start(): Promise<void> {
    while (this.workers.length < this.size) this.workers.push(await this.fork());
  }

  async fork(): Promise<Worker> {
    const worker = cluster.fork({ PORT: String(this.port) });
    await once(worker, "listening");
    return worker;
  }

  /** Each is replaced by one that takes connections before it stops. */
  async restart(): Promise<void> {
    for (const [i, worker] of this.workers.entries()) {
      this.workers[i] = await this.fork();
      await end(worker);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map(end));
  }

  cpuUs(): number {
    return this.workers.reduce((sum, { process: { pid } }) => sum + cpuOf(pid as number), 0);
  }
}

async function end(worker: Worker): Promise<void> {
  worker.process.kill("SIGTERM");
  await once(worker, "exit");
}

interface Load {
  readonly cpuUs: number;
  readonly perSecond: number;
}

async function load(group: Group, method: string, body: string, rate: number): Promise<Load> {
  const before = group.cpuUs();
  const { calls, perSecond } = await generate({
    address: `127.0.0.1:${group.port}`,
    path: `/bench.v1.BenchService/${method}`,
    protocol: "grpc",
    body,
    seconds,
    rate: rate * group.size,
    connections: connections * group.size,
    "in-flight": inFlight,
  });
  return { cpuUs: (group.cpuUs() - before) / calls, perSecond };
}

/** Loads of both groups, in turns. `rate`: calls in a second for each process; 0: as many as are answered. */
async function compare(
  groups: readonly [Group, Group],
  method: string,
  body: string,
  rate: number,
): Promise<[Load, Load]> {
  const loads: [Load[], Load[]] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    for (const [i, group] of groups.entries()) {
      const figures = await load(group, method, body, rate);
      // The first one compiles.
      if (round > 0) loads[i as 0 | 1].push(figures);
    }
  }
  const middle = (all: readonly Load[]): Load => ({
    cpuUs: median(all.map(({ cpuUs }) => cpuUs)),
    perSecond: median(all.map(({ perSecond }) => perSecond)),
  });
  return [middle(loads[0]), middle(loads[1])];
}

/** Calls go on from several clients while all processes are replaced. */
async function restart(group: Group): Promise<{ readonly calls: number; readonly lost: number }> {
  const transports = Array.from({ length: 4 }, () =>
    createNodeTransport({ baseUrl: `http://127.0.0.1:${group.port}`, protocol: grpc(), http: "2" }),
  );
  let calls = 0;
  let lost = 0;
  let over = false;
  const calling = transports.map(async (transport) => {
    const client = createBenchServiceClient(transport);
    for (; !over; calls++) {
      await client.nested({}).catch((error: unknown) => {
        lost++;
        console.error(error);
      });
    }
  });
  await group.restart();
  await group.restart();
  over = true;
  await Promise.all(calling);
  for (const transport of transports) transport.close?.();
  return { calls, lost };
}

if (!buildGo()) throw new Error("pnpm bench:cores needs Go: its generator of calls is written in it");
const folder = mkdtempSync(join(tmpdir(), "connect-ts-cores-"));
const [nested, tiny] = [join(folder, "nested"), join(folder, "tiny")];
writeFileSync(nested, nestedFrame);
writeFileSync(tiny, tinyFrame);
const one = new Group(await freePort(), 1);
const two = new Group(await freePort(), 2);
await one.start();
await two.start();
const cost = await compare([one, two], "Nested", nested, ratePerProcess);
const work = await compare([one, two], "Tiny", tiny, 0);
const { calls, lost } = await restart(two);
await Promise.all([one.stop(), two.stop()]);
rmSync(folder, { recursive: true });

const verdict = (met: boolean): string => (met ? "met" : "**missed**");
const cpu = cost[1].cpuUs / cost[0].cpuUs;
const speed = work[1].perSecond / work[0].perSecond;
const text = table(
  ["", "one process", "two", "÷ one", "target", ""],
  [
    [
      "CPU time of a call of 1.5 KB, µs",
      cost[0].cpuUs.toFixed(1),
      cost[1].cpuUs.toFixed(1),
      cpu.toFixed(2),
      `at most ${most.cpu}`,
      verdict(cpu <= most.cpu),
    ],
    [
      "calls in a second, 1 ms of work each",
      work[0].perSecond.toFixed(0),
      work[1].perSecond.toFixed(0),
      speed.toFixed(2),
      `at least ${most.calls}`,
      verdict(speed >= most.calls),
    ],
    ["calls lost while all were replaced twice", "", `${lost} of ${calls}`, "", "none", verdict(lost === 0)],
  ],
);
console.log(text);
if (values.write) await writeSection("cores", "pnpm bench:cores --write", `${measured()}\n\n${text}`);
