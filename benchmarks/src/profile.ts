// pnpm --filter ./benchmarks run profile [scenario] [peer] [--top n]
//
// CPU profiles of both sides of one stack, summed up: self time by area and by function, in microseconds of an operation. The profiles stay in .cache/profiles,
// for the developer tools of a browser.
import { mkdir, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { Pair, setupOf } from "./measure.js";
import { type PeerName, peers } from "./peers/index.js";
import { areaOf, type Profile, selfTimes } from "./profile-areas.js";
import { table } from "./report.js";
import { scenarios } from "./scenarios.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { top: { type: "string", default: "0" }, ms: { type: "string", default: "3000" } },
});
const [name = "unary", peer = "connect-ts"] = positionals;
const scenario = scenarios.find((one) => one.name === name);
if (scenario === undefined || !(peer in peers)) throw new Error(`there is no scenario ${name} or no peer ${peer}`);

const pair = new Pair();
await pair.start(peer as PeerName, setupOf(scenario));
await pair.load(scenario.load, 1500);
const workers = [pair.client, pair.server];
await Promise.all(workers.map((worker) => worker.do({ type: "startProfile" })));
const figure = await pair.load(scenario.load, Number(values.ms));
const profiles = await Promise.all(workers.map((worker) => worker.do<Profile>({ type: "stopProfile" })));
await pair.stop();

const folder = new URL("../.cache/profiles/", import.meta.url);
await mkdir(folder, { recursive: true });
for (const [index, side] of ["client", "server"].entries()) {
  await writeFile(new URL(`${side}.cpuprofile`, folder), JSON.stringify(profiles[index]));
}

const sides = profiles.map((profile, index) => shares(profile, index === 0 ? figure.client : figure.server));
const areas = sides.map((profile) => sumBy(profile, ({ area }) => area));
const names = [...new Set(areas.flatMap((side) => [...side.keys()]))];
const rows = names
  .map((area) => ({ area, shares: areas.map((side) => side.get(area) ?? 0) }))
  .sort((a, b) => total(b.shares) - total(a.shares))
  .map(({ area, shares }) => [area, ...shares.map(amount)]);
console.log(`${scenario.title}: ${peer}\n`);
console.log(table([`µs of a ${scenario.unit}`, "client", "server"], rows));

for (const [index, side] of ["client", "server"].entries()) {
  const functions = [...sumBy(sides[index] as Self[], ({ place }) => place)].sort((a, b) => b[1] - a[1]);
  for (const [place, share] of functions.slice(0, Number(values.top))) console.log(side, amount(share), place);
}

interface Self {
  readonly area: string;
  readonly place: string;
  readonly micros: number;
}

/** The time that was not idle, as microseconds of an operation. */
function shares(profile: Profile, perOperation: number): Self[] {
  // "dispatch" is the profiler's own.
  const busy = selfTimes(profile).filter(({ name: of, url }) => of !== "(idle)" && !(of === "dispatch" && url === ""));
  const scale = perOperation / total(busy.map(({ micros }) => micros));
  return busy.map((self) => ({
    area: areaOf(self),
    place: `${self.name} ${self.url.replace(/^.*node_modules\//, "")}:${self.line}`,
    micros: self.micros * scale,
  }));
}

function sumBy(list: readonly Self[], key: (self: Self) => string): Map<string, number> {
  const sums = new Map<string, number>();
  for (const self of list) sums.set(key(self), (sums.get(key(self)) ?? 0) + self.micros);
  return sums;
}

function total(shares: readonly number[]): number {
  return shares.reduce((sum, share) => sum + share, 0);
}

function amount(micros: number): string {
  return micros >= 10 ? micros.toFixed(1) : micros.toFixed(2);
}
