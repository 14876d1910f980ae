// pnpm --filter ./benchmarks run profile [scenario] [peer] [--top n]
//
// CPU profiles of both sides of one stack, summed up: self time by area and by function, in microseconds of an operation. The profiles stay in .cache/profiles,
// for the developer tools of a browser.
import { mkdir, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type PeerName, peers } from "./peers/index.js";
import { areaRows, profileScenario, type Self, sumBy } from "./profile-scenario.js";
import { amount, table } from "./report.js";
import { scenarios } from "./scenarios.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { top: { type: "string", default: "0" }, ms: { type: "string", default: "3000" } },
});
const [name = "unary", peer = "connect-ts"] = positionals;
const scenario = scenarios.find((one) => one.name === name);
if (scenario === undefined || !(peer in peers)) throw new Error(`there is no scenario ${name} or no peer ${peer}`);

const { profiles, sides } = await profileScenario(scenario, peer as PeerName, Number(values.ms));

const folder = new URL("../.cache/profiles/", import.meta.url);
await mkdir(folder, { recursive: true });
for (const [index, side] of ["client", "server"].entries()) {
  await writeFile(new URL(`${side}.cpuprofile`, folder), JSON.stringify(profiles[index]));
}

console.log(`${scenario.title}: ${peer}\n`);
const rows = areaRows(sides).map(({ area, shares }) => [area, ...shares.map(amount)]);
console.log(table([`µs of a ${scenario.unit}`, "client", "server"], rows));

for (const [index, side] of ["client", "server"].entries()) {
  const functions = [...sumBy(sides[index] as Self[], ({ place }) => place)].sort((a, b) => b[1] - a[1]);
  for (const [place, share] of functions.slice(0, Number(values.top))) console.log(side, amount(share), place);
}
