// Apart, and so small: everything that tells how something ended imports it, and it imports nothing.

/**
 * How something ended. Success is a value of its own, never the absence of a reason: people throw
 * and reject with `undefined` too, as `setTimeout(reject)` does.
 */
export type Outcome = Success | Failure;

export interface Success {
  readonly ok: true;
}

export interface Failure {
  readonly ok: false;
  /** What was thrown: anything, also `undefined`. */
  readonly reason: unknown;
}

/** The only success: nothing is made for what goes well. */
export const success: Success = Object.freeze({ ok: true });

export function failed(reason: unknown): Failure {
  return { ok: false, reason };
}
