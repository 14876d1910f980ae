/** How long messages may go without a break, in milliseconds. */
const turnMs = 2;
/** After so many messages the clock is asked, which takes as long as some of them. */
const messagesPerLook = 32;

/** What lets timers and sockets have their turn: `setImmediate` where there is one, a timer elsewhere. */
const nextTurn: (resume: () => void) => unknown =
  (globalThis as { readonly setImmediate?: (resume: () => void) => unknown }).setImmediate ??
  ((resume) => setTimeout(resume, 0));

/**
 * Keeps a loop over messages from starving everything else: an iterable that always has a message
 * ready, over a transport that always takes it, would never let the event loop turn.
 */
export class Turns {
  left: number = messagesPerLook;
  begun: number = performance.now();

  /** Counts a message. Returns a promise when it is time for a break. */
  take(): Promise<void> | undefined {
    if (--this.left > 0) return undefined;
    this.left = messagesPerLook;
    const now = performance.now();
    if (now - this.begun < turnMs) return undefined;
    return this.pause();
  }

  async pause(): Promise<void> {
    await new Promise<void>(nextTurn);
    this.begun = performance.now();
  }
}
