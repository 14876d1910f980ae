// Runs schedules for a time, or one of them: see docs/reliability.md.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Blocks, countBlocks } from "./blocks.js";
import { Ledger } from "./ledger.js";
import { complete, type Plan, planOf } from "./plan.js";
import { run } from "./run.js";
import { shrink } from "./shrink.js";
import { listOf, Table } from "./table.js";
import { unreached } from "./unreached.js";

const { values } = parseArgs({
  options: {
    seconds: { type: "string" },
    seed: { type: "string" },
    start: { type: "string" },
    count: { type: "string" },
    failures: { type: "string" },
    keep: { type: "string" },
    quiet: { type: "boolean" },
    blocks: { type: "boolean" },
    cells: { type: "boolean" },
    state: { type: "string" },
    commit: { type: "string", default: "" },
    part: { type: "string", default: "0" },
    parts: { type: "string", default: "1" },
  },
});
const out = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** The sum of runs is written after each so many schedules. */
const keepEach = 500;

/** So many of the blocks of each room are to run. */
const leastShare = 0.95;

/** Schedules that failed once, made smaller. */
const folder = new URL("../cases/", import.meta.url);
const cases = existsSync(folder)
  ? readdirSync(folder).map((name) => complete(JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Plan))
  : [];

try {
  process.exitCode = values.seed === undefined ? await many() : await one(planOf(Number(values.seed)));
} catch (error) {
  // Nobody else tells of it: a schedule's own are kept from the process.
  process.exitCode = 1;
  out(`the simulation itself failed: ${error instanceof Error ? error.stack : error}`);
}

async function one(plan: Plan): Promise<number> {
  const lines: string[] = [];
  const ran = await run(plan, (line) => lines.push(line));
  if (ran.wrong.length === 0) {
    if (!values.quiet) out(lines.join("\n"));
    out(`seed ${plan.seed}: nothing is wrong, ${ran.steps} steps, trace ${ran.trace}`);
    return 0;
  }
  const small = await shrink(plan, ran.wrong[0] as string);
  lines.length = 0;
  const last = await run(small, (line) => lines.push(line));
  out(JSON.stringify(small));
  if (values.keep !== undefined) writeFileSync(new URL(`${values.keep}.json`, folder), `${JSON.stringify(small)}\n`);
  out(lines.join("\n"));
  out(`seed ${plan.seed} fails, made smaller:\n  ${last.wrong.join("\n  ")}`);
  return 1;
}

/** Whether the same happens again. Node closes idle connections of HTTP/1.1 in the order of their addresses in memory. */
async function isRepeatable(seed: number, trace: number): Promise<boolean> {
  const plan = planOf(seed);
  return plan.setup.http === "1.1" || (await run(plan)).trace === trace;
}

async function many(): Promise<number> {
  const begun = performance.now();
  // Of several processes each takes every so-manieth seed, and has a file of its own.
  const [part, parts] = [Number(values.part), Number(values.parts)];
  const whole = values.state === undefined ? undefined : new Ledger(values.state, values.commit);
  const ledger = parts === 1 ? whole : whole?.part(part);
  if (parts === 1) whole?.gather();
  // Others each day, so that many days look at many.
  const start = Number(values.start ?? whole?.next ?? Math.floor(Date.now() / 86_400_000) * 1_000_000) + part;
  const end = begun + Number(values.seconds ?? 86_400) * 1000;
  // As many on each machine, unless a time is given: about a minute on two cores.
  const usual = values.blocks ? 5000 : 1800;
  const most = Number(values.count ?? (values.seconds === undefined ? usual : Number.POSITIVE_INFINITY));
  const table = new Table();
  const blocks = values.blocks ? countBlocks() : undefined;
  let seed = start;
  let count = 0;
  let failed = 0;
  let steps = 0;
  let calls = 0;
  for (const plan of most === 0 ? [] : cases) {
    const { wrong } = await run(plan);
    if (wrong.length === 0) continue;
    failed++;
    out(`a case that failed once, of seed ${plan.seed}: ${wrong.join("\n  ")}`);
  }
  for (; performance.now() < end && count < most; seed += parts) {
    count++;
    const ran = await run(planOf(seed));
    steps += ran.steps;
    calls += ran.world.logs.length;
    table.add(ran.world);
    if (count % keepEach === 0) ledger?.keep({ next: seed + 1, count, failed, cells: table.cells });
    const wrong = [...ran.wrong];
    if (count % 200 === 0 && !(await isRepeatable(seed, ran.trace)))
      wrong.push("the same seed does not run the same way");
    if (wrong.length === 0) continue;
    failed++;
    out(`seed ${seed}: ${wrong.slice(0, 3).join("\n  ")}`);
    if (failed >= Number(values.failures ?? 10)) break;
  }
  const seconds = (performance.now() - begun) / 1000;
  if (count > 0) ledger?.keep({ next: seed, count, failed, cells: table.cells });
  if (values.cells) out(listOf(ledger?.cells ?? table.cells));
  if (!values.quiet) out(table.text());
  const reached = blocks === undefined ? undefined : coverage(blocks());
  if (reached !== undefined) out(reached.text);
  if (failed > 0) out(`see one with: node tests/simulation/run.mjs --seed N`);
  const sum = ledger === undefined || parts > 1 ? "" : `; ${ledger.text()}`;
  out(
    `${count} schedules from seed ${start}, ${(calls / Math.max(1, count)).toFixed(1)} calls and ${(steps / Math.max(1, count)).toFixed(0)} steps each, ${(count / seconds).toFixed(0)} in a second: ${failed} failed${sum}`,
  );
  return failed === 0 && reached?.isEnough !== false ? 0 : 1;
}

/** What was reached, and what is wrong with that. */
function coverage({ counts, named }: Blocks): { readonly text: string; readonly isEnough: boolean } {
  const listed = new Map(unreached.flatMap(({ blocks }) => blocks.map((name) => [name, name])));
  const missed = [...named].filter(([, { all, ran }]) => ran < all).map(([name]) => name);
  const wrong = [...listed.keys()].flatMap((name) => {
    const count = named.get(name);
    if (count === undefined) return [`there is no such block (src/unreached.ts): ${name}`];
    return count.ran === count.all ? [`a block ran that cannot be reached (src/unreached.ts): ${name}`] : [];
  });
  const rooms = [...counts].map(([room, { all, ran }]) => {
    if (ran < leastShare * all) wrong.push(`fewer than ${100 * leastShare} % of the blocks of ${room} ran`);
    return `${room} ${ran} of ${all} (${((100 * ran) / all).toFixed(1)} %)`;
  });
  const others = missed.filter((name) => !listed.has(name));
  const lines = [`blocks that did not run, beside ${listed.size} that cannot be reached:`, ...others, ...wrong];
  return { text: `${lines.join("\n  ")}\nblocks that ran: ${rooms.join(", ")}`, isEnough: wrong.length === 0 };
}
