// Connections of the engine in a world without time, of which all is asked exactly: a few of them in each schedule.
import type { Chance } from "./chance.js";
import { readsBlocks, sparesTheTable, trimsValues, writesBlocks } from "./exact-blocks.js";
import { givesWindows, keepsLengths, sendsBodies, takesTurns } from "./exact-bodies.js";
import { answersPings, bearsSoMuch, keepsRules } from "./exact-rules.js";
import { keepsTimes, leaves, refusesToSend, relievesStarved, waitsForRoom } from "./exact-times.js";
import { quotesReasons, saysNothingMore, tellsObserver } from "./exact-words.js";

/** What is asked, and how often. */
const asked = {
  readsBlocks: [readsBlocks, 4],
  writesBlocks: [writesBlocks, 4],
  sparesTheTable: [sparesTheTable, 0.3],
  keepsRules: [keepsRules, 3],
  bearsSoMuch: [bearsSoMuch, 1],
  answersPings: [answersPings, 0.5],
  sendsBodies: [sendsBodies, 2],
  takesTurns: [takesTurns, 0.5],
  keepsLengths: [keepsLengths, 1],
  givesWindows: [givesWindows, 2],
  keepsTimes: [keepsTimes, 1],
  trimsValues: [trimsValues, 1],
  waitsForRoom: [waitsForRoom, 1],
  leaves: [leaves, 0.5],
  refusesToSend: [refusesToSend, 1],
  relievesStarved: [relievesStarved, 0.3],
  tellsObserver: [tellsObserver, 1],
  quotesReasons: [quotesReasons, 0.3],
  saysNothingMore: [saysNothingMore, 0.5],
} as const;
type Name = keyof typeof asked;
const weights = Object.fromEntries(Object.entries(asked).map(([name, [, weight]]) => [name, weight])) as Record<
  Name,
  number
>;

/** What is wrong. */
export function exactly(chance: Chance): readonly string[] {
  return [1, 2].flatMap(() => {
    const name = chance.weighted(weights);
    return asked[name][0](chance).map((text) => `${name}: ${text}`);
  });
}
