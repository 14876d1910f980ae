// Connections of the engine in a world without time, of which all is asked exactly: a few of them in each schedule.
import type { Chance } from "./chance.js";
import { readsBlocks, sparesTheTable, writesBlocks } from "./exact-blocks.js";

/** What is wrong. */
export function exactly(chance: Chance): readonly string[] {
  return [...readsBlocks(chance), ...writesBlocks(chance), ...(chance.happens(0.1) ? sparesTheTable(chance) : [])];
}
