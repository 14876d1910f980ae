import { ConnectError } from "@connect-ts/runtime";
import { Clock } from "./clock.js";
import { FetchNetwork } from "./fetch-network.js";
import { Network } from "./network.js";
import { judge } from "./oracle.js";
import type { Plan } from "./plan.js";
import { simulatedTimes, World } from "./world.js";

/** How a schedule went. */
export interface Ran {
  readonly wrong: readonly string[];
  readonly trace: number;
  readonly steps: number;
  readonly world: World;
}

const stray: string[] = [];
process.on("unhandledRejection", (reason) => stray.push(`nobody handled ${describe(reason)}`));
process.on("uncaughtException", (error) => stray.push(`uncaught: ${describe(error)}`));
process.on("warning", (warning) => stray.push(`a warning: ${warning.message}`));
for (const name of ["error", "warn"] as const) {
  console[name] = (...args: unknown[]) => {
    stray.push(`console.${name}: ${args.map(describe).join(" ").slice(0, 300)}`);
  };
}

function describe(value: unknown): string {
  return value instanceof ConnectError || value instanceof Error ? (value.stack ?? value.message) : String(value);
}

/** Runs a schedule, and says what is wrong with it. */
export async function run(plan: Plan, keep?: (line: string) => void): Promise<Ran> {
  const clock = new Clock(`${plan.seed}`, keep);
  const OfVersion = plan.setup.http === "fetch" ? FetchNetwork : Network;
  const network = new OfVersion(clock, plan.setup, `${plan.seed} line`);
  const world = new World(plan, clock, network, simulatedTimes);
  return finish(world);
}

/** Runs a world to its end. */
export async function finish(world: World): Promise<Ran> {
  try {
    await world.run();
  } catch (error) {
    world.wrong.push(describe(error));
  } finally {
    world.clock.restore();
  }
  const wrong = [...new Set([...judge(world), ...stray.splice(0)])];
  return { wrong, trace: world.clock.trace, steps: world.clock.steps, world };
}
