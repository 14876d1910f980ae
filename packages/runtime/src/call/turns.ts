// A file of its own: both sides pump messages by it.

import { nextTurn, now } from "../time.js";

/** How long messages may go without a break, in milliseconds. */
const turnMs = 2;
/** After so many messages the clock is asked, which takes as long as some of them. */
const messagesPerLook = 32;

/**
 * Keeps a loop over messages from starving everything else: an iterable that always has a message
 * ready, over a transport that always takes it, would never let the event loop turn.
 */
export class Turns {
  left: number = messagesPerLook;
  begun: number = now();

  /** Counts a message. Returns a promise when it is time for a break. */
  take(): Promise<void> | undefined {
    if (--this.left > 0) return undefined;
    this.left = messagesPerLook;
    if (now() - this.begun < turnMs) return undefined;
    return this.pause();
  }

  async pause(): Promise<void> {
    await new Promise<void>(nextTurn);
    this.begun = now();
  }
}
