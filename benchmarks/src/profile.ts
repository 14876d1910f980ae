// pnpm --filter ./benchmarks run profile [scenario] [peer] [--top n]
//
// CPU profiles of both sides of one stack, summed up: self time by area and by function. The profiles stay in .cache,
// for the developer tools of a browser.
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
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

const root = new URL("../.cache/profiles/", import.meta.url).pathname;
await rm(root, { recursive: true, force: true });
const folder = (side: string): string => `${root}${side}`;
const flags = (side: string): string[] => ["--cpu-prof", "--cpu-prof-interval=200", `--cpu-prof-dir=${folder(side)}`];
for (const side of ["client", "server"]) await mkdir(folder(side), { recursive: true });

const pair = new Pair(flags("server"), flags("client"));
await pair.start(peer as PeerName, setupOf(scenario));
await pair.load(scenario.load, Number(values.ms));
await pair.stop();

const sides = await Promise.all(["client", "server"].map(read));
const areas = sides.map((profile) => sumBy(profile, ({ area }) => area));
const names = [...new Set(areas.flatMap((side) => [...side.keys()]))];
const rows = names
  .map((area) => ({ area, shares: areas.map((side) => side.get(area) ?? 0) }))
  .sort((a, b) => total(b.shares) - total(a.shares))
  .map(({ area, shares }) => [area, ...shares.map(percent)]);
console.log(`${scenario.title}: ${peer}\n`);
console.log(table(["self time", "client", "server"], rows));

for (const [index, side] of ["client", "server"].entries()) {
  const functions = [...sumBy(sides[index] as Self[], ({ place }) => place)].sort((a, b) => b[1] - a[1]);
  for (const [place, share] of functions.slice(0, Number(values.top))) console.log(side, percent(share), place);
}

interface Self {
  readonly area: string;
  readonly place: string;
  readonly share: number;
}

/** Shares of the time that was not idle. */
async function read(side: string): Promise<Self[]> {
  const [file] = await readdir(folder(side));
  const profile = JSON.parse(await readFile(`${folder(side)}/${file}`, "utf8")) as Profile;
  const busy = selfTimes(profile).filter(({ name: of }) => of !== "(idle)");
  const busyTime = total(busy.map(({ micros }) => micros));
  return busy.map((self) => ({
    area: areaOf(self),
    place: `${self.name} ${self.url.replace(/^.*node_modules\//, "")}:${self.line}`,
    share: self.micros / busyTime,
  }));
}

function sumBy(list: readonly Self[], key: (self: Self) => string): Map<string, number> {
  const sums = new Map<string, number>();
  for (const self of list) sums.set(key(self), (sums.get(key(self)) ?? 0) + self.share);
  return sums;
}

function total(shares: readonly number[]): number {
  return shares.reduce((sum, share) => sum + share, 0);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
