// Jest loads it as a program of its own.
import Sequencer from "@jest/test-sequencer";

/** Tables of pairs, which other files hold: a few lines, and among the slowest of all. */
const peers = /\/tests\/peers\//;

/**
 * Begins with what takes long, or else one worker is at it when the others have nothing left. Jest does not know what does before
 * it has run, as in a fresh clone, and takes the largest files.
 */
export default class SlowestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const isPeer = ({ path }) => peers.test(path.replaceAll("\\", "/"));
    return [...sorted.filter(isPeer), ...sorted.filter((test) => !isPeer(test))];
  }
}
