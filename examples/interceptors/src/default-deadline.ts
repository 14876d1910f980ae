// One interceptor of the examples, to copy.
import type { Interceptor } from "@connect-ts/runtime";

// #region default-deadline
/** Gives calls without a deadline one, so that none waits for ever. */
export function defaultDeadline(timeoutMs: number): Interceptor {
  return async (call, next) => {
    if (call.timeoutMs() === undefined) call.setTimeoutMs(timeoutMs);
    await next();
  };
}
// #endregion
