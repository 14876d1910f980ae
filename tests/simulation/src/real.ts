// The plans of the simulation over real sockets, several at a time, for a bounded time: see docs/reliability.md.
import { parseArgs } from "node:util";
import type { FaultPlan } from "./fault-plan.js";
import { type Plan, planOf } from "./plan.js";
import { RealClock } from "./real-clock.js";
import { RealNetwork } from "./real-network.js";
import { finish } from "./run.js";
import type { Line } from "./socket.js";
import { Table } from "./table.js";
import { type Times, World } from "./world.js";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "30" },
    start: { type: "string" },
    seed: { type: "string" },
    lanes: { type: "string", default: "12" },
  },
});
const out = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const times: Times = { settleMs: 20_000, slices: 12, sliceMs: 500, quietMs: 1_500, longMs: 3_000, slackMs: 5_000 };
/** A pause of the whole process, and a connection that never comes, take too long. */
const tooLong: readonly FaultPlan["kind"][] = ["jump", "silent connect", "client goaway"];
const end = performance.now() + 1000 * Number(values.seconds);
let seed = Number(values.seed ?? values.start ?? Math.floor(Date.now() / 86_400_000) * 1_000_000);
const table = new Table();
let count = 0;
let calls = 0;
let failed = 0;

/** A line that gives a few bytes at a time has a timer for each of them: of 50 KB it would make minutes. */
const quick = (line: Line): Line => (line.chunks === "bytes" ? { ...line, chunks: "random" } : line);

/** A plan whose waits are short. */
function shortOf(plan: Plan): Plan {
  const { http, requestLine, responseLine } = plan.setup;
  return {
    ...plan,
    // The fetch of the platform is no part of this.
    setup: {
      ...plan.setup,
      strangeServers: 0,
      http: http === "fetch" ? "1.1" : http,
      requestLine: quick(requestLine),
      responseLine: quick(responseLine),
    },
    visits: [],
    bare: [],
    stacks: [],
    calls: plan.calls.map((call) => ({ ...call, at: call.at % 200 })),
    faults: plan.faults
      .filter(({ kind }) => !tooLong.includes(kind))
      .map((fault) => ({ ...fault, at: fault.at % 300, ms: fault.ms % 300 })),
  };
}

async function lane(): Promise<void> {
  while (performance.now() < end) {
    const plan = shortOf(planOf(seed++));
    const clock = new RealClock();
    const network = new RealNetwork(clock, plan.setup, `${plan.seed} line`);
    await network.ready();
    const world = new World(plan, clock, network, times);
    const { wrong } = await finish(world);
    table.add(world);
    count++;
    calls += plan.calls.length;
    if (wrong.length > 0) {
      failed++;
      out(`seed ${plan.seed}: ${wrong.slice(0, 3).join("\n  ")}`);
    }
    if (values.seed !== undefined) return;
  }
}

await Promise.all(Array.from({ length: values.seed === undefined ? Number(values.lanes) : 1 }, lane));
out(table.text());
out(`${count} schedules over real sockets, ${calls} calls: ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
