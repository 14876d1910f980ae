// pnpm bench:latency [--rounds n] [--write]
//
// What a stream of 64 MiB gets of its window on a long path: server, client and a proxy that delays, in a process each. The
// bandwidth of a window is one window in each round trip. --write puts the table into docs/performance.md.
import { parseArgs } from "node:util";
import type { Flow } from "./commands.js";
import type { FlowTimes } from "./flow.js";
import { median } from "./median.js";
import { table } from "./report.js";
import { measured, writeSection } from "./section.js";
import { WorkerProcess } from "./worker-process.js";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "3" }, write: { type: "boolean", default: false } },
});
const mebibyte = 1_048_576;
const bytes = 64 * mebibyte;
/** Of the proxy; timers add to it. */
const roundTripMs = 50;
const windows = [1, 2, 8];
const directions: readonly Flow["direction"][] = ["download", "upload"];

const rows: string[][] = [];
for (const window of windows) {
  const windowBytes = window * mebibyte;
  const workers = { server: new WorkerProcess(), proxy: new WorkerProcess(), client: new WorkerProcess() };
  const far = await workers.server.do<number>({ type: "serveFlow", window: { windowBytes }, uploadBytes: bytes });
  const port = await workers.proxy.do<number>({ type: "delay", port: far, delayMs: roundTripMs / 2 });
  for (const direction of directions) {
    const times: FlowTimes[] = [];
    // One more: the first one compiles.
    for (let round = 0; round <= Number(values.rounds); round++) {
      const flow: Flow = { direction, bytes, port, windowBytes };
      times.push(await workers.client.do<FlowTimes>({ type: "flow", flow }));
    }
    const counted = times.slice(1);
    const wholeMs = median(counted.map((time) => time.wholeMs));
    const secondHalfMs = median(counted.map((time) => time.secondHalfMs));
    const tripMs = median(counted.map((time) => time.roundTripMs));
    const idealMs = (bytes / windowBytes) * tripMs;
    rows.push([
      `${window} MiB, ${direction}`,
      tripMs.toFixed(1),
      ((window * 1000) / tripMs).toFixed(1),
      (wholeMs / 1000).toFixed(2),
      (idealMs / wholeMs).toFixed(2),
      (idealMs / 2 / secondHalfMs).toFixed(2),
    ]);
  }
  for (const worker of Object.values(workers)) await worker.stop();
}
const text = table(
  [
    "window, direction",
    "round trip, ms",
    "window's bandwidth, MiB/s",
    "64 MiB, s",
    "share of it",
    "share in the second half",
  ],
  rows,
);
console.log(text);
if (values.write) await writeSection("performance", "pnpm bench:latency --write", `${measured()}\n\n${text}`);
