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

/** Processes, each of which serves on a port: on the same, or on one of its own. */
class Group {
  readonly ports: readonly number[];
  workers: Worker[] = [];

  constructor(ports: readonly number[]) {
    this.ports = ports;
  }

  async start(): Promise<void> {
    for (const port of this.ports) this.workers.push(await this.fork(port));
  }

  async fork(port: number): Promise<Worker> {
    const worker = cluster.fork({ PORT: String(port) });
    await once(worker, "listening");
    return worker;
  }

  /** Each is replaced by one that takes connections before it stops. */
  async restart(): Promise<void> {
    for (const [i, worker] of this.workers.entries()) {
      this.workers[i] = await this.fork(this.ports[i] as number);
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
  const reports = await Promise.all(
    group.ports.map((port) =>
      generate({
        address: `127.0.0.1:${port}`,
        path: `/bench.v1.BenchService/${method}`,
        protocol: "grpc",
        body,
        seconds,
        rate,
        connections,
        "in-flight": inFlight,
      }),
    ),
  );
  const sum = (of: "calls" | "perSecond"): number => reports.reduce((all, report) => all + report[of], 0);
  return { cpuUs: (group.cpuUs() - before) / sum("calls"), perSecond: sum("perSecond") };
}

/** Loads of all groups, in turns. `rate`: calls in a second for each process; 0: as many as are answered. */
async function compare(groups: readonly Group[], method: string, body: string, rate: number): Promise<Load[]> {
  const loads: Load[][] = groups.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, group] of groups.entries()) {
      const figures = await load(group, method, body, rate);
      // The first one compiles.
      if (round > 0) loads[i]?.push(figures);
    }
  }
  return loads.map((all) => ({
    cpuUs: median(all.map(({ cpuUs }) => cpuUs)),
    perSecond: median(all.map(({ perSecond }) => perSecond)),
  }));
}

/** Calls go on from several clients while all processes are replaced. */
async function restart(group: Group): Promise<{ readonly calls: number; readonly lost: number }> {
  const transports = Array.from({ length: 4 }, () =>
    createNodeTransport({ baseUrl: `http://127.0.0.1:${group.ports[0]}`, protocol: grpc(), http: "2" }),
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
const shared = await freePort();
const one = new Group([await freePort()]);
const two = new Group([shared, shared]);
const apart = new Group([await freePort(), await freePort()]);
const groups = [one, two, apart];
for (const group of groups) await group.start();
const cost = (await compare(groups, "Nested", nested, ratePerProcess)).map(({ cpuUs }) => cpuUs);
const work = (await compare(groups, "Tiny", tiny, 0)).map(({ perSecond }) => perSecond);
const { calls, lost } = await restart(two);
await Promise.all(groups.map((group) => group.stop()));
rmSync(folder, { recursive: true });

const verdict = (met: boolean): string => (met ? "met" : "**missed**");
const ratio = ([single = 0, both = 0]: readonly number[]): number => both / single;
const row = (title: string, figures: readonly number[], digits: number, target: string, met: boolean): string[] => [
  title,
  ...figures.map((figure) => figure.toFixed(digits)),
  ratio(figures).toFixed(2),
  target,
  verdict(met),
];
const text = table(
  ["", "one process", "two on one port", "two that share nothing", "two on one port ÷ one", "target", ""],
  [
    row("CPU time of a call of 1.5 KB, µs", cost, 1, `at most ${most.cpu}`, ratio(cost) <= most.cpu),
    row("calls in a second, 1 ms of work each", work, 0, `at least ${most.calls}`, ratio(work) >= most.calls),
    ["calls lost while all were replaced twice", "", `${lost} of ${calls}`, "", "", "none", verdict(lost === 0)],
  ],
);
console.log(text);
if (values.write) await writeSection("cores", "pnpm bench:cores --write", `${measured()}\n\n${text}`);
