import { quiet } from "../http/awaitable.js";
import type { Call, Interceptor } from "./interceptor.js";
import { failed, type Outcome, success } from "./outcome.js";

/**
 * Runs interceptors around `innermost`, the first of the list outermost.
 *
 * @param onRun - called when an interceptor calls `next()`; what it returns is called when that run settled
 * @param onEnd - called when an interceptor ended; those outside of it wait for what it returns
 */
export function runChain(
  interceptors: readonly Interceptor[],
  call: Call,
  innermost: () => Promise<void>,
  onRun: () => () => void,
  onEnd?: (outcome: Outcome) => Promise<void> | undefined,
): Promise<void> {
  const run = async (index: number): Promise<void> => {
    const interceptor = interceptors[index];
    if (interceptor === undefined) return innermost();
    const next = async (): Promise<void> => {
      const settled = onRun();
      try {
        await run(index + 1);
      } finally {
        settled();
      }
    };
    // An interceptor that does not wait for `next()` has not made its error an unhandled rejection.
    let outcome: Outcome = success;
    try {
      await interceptor(call, () => quiet(next()));
    } catch (reason) {
      outcome = failed(reason);
    }
    const rest = onEnd?.(outcome);
    if (rest !== undefined) await rest;
    if (!outcome.ok) throw outcome.reason;
  };
  return run(0);
}
