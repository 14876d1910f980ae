import { Pair, setupOf } from "./measure.js";
import type { PeerName } from "./peers/index.js";
import { areaOf, type Profile, selfTimes } from "./profile-areas.js";
import type { Scenario } from "./scenarios.js";

/** Self time of one function, in microseconds of an operation. */
export interface Self {
  readonly area: string;
  readonly place: string;
  readonly micros: number;
}

/** CPU profiles of both sides of one stack under a load. */
export interface ProfiledPair {
  readonly profiles: readonly Profile[];
  /** The client's, and the server's. */
  readonly sides: readonly (readonly Self[])[];
}

export async function profileScenario(scenario: Scenario, peer: PeerName, ms: number): Promise<ProfiledPair> {
  const pair = new Pair();
  await pair.start(peer, setupOf(scenario));
  await pair.load(scenario.load, 1500);
  const workers = [pair.client, pair.server];
  await Promise.all(workers.map((worker) => worker.do({ type: "startProfile" })));
  const figure = await pair.load(scenario.load, ms);
  const profiles = await Promise.all(workers.map((worker) => worker.do<Profile>({ type: "stopProfile" })));
  await pair.stop();
  const sides = profiles.map((profile, index) => shares(profile, index === 0 ? figure.client : figure.server));
  return { profiles, sides };
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

/** The areas, the most expensive first, with their times in each of the columns. */
export function areaRows(columns: readonly (readonly Self[])[]): { area: string; shares: number[] }[] {
  const areas = columns.map((column) => sumBy(column, ({ area }) => area));
  const names = [...new Set(areas.flatMap((column) => [...column.keys()]))];
  return names
    .map((area) => ({ area, shares: areas.map((column) => column.get(area) ?? 0) }))
    .sort((a, b) => total(b.shares) - total(a.shares));
}

export function sumBy(list: readonly Self[], key: (self: Self) => string): Map<string, number> {
  const sums = new Map<string, number>();
  for (const self of list) sums.set(key(self), (sums.get(key(self)) ?? 0) + self.micros);
  return sums;
}

function total(shares: readonly number[]): number {
  return shares.reduce((sum, share) => sum + share, 0);
}
