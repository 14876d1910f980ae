// One interceptor of the examples, to copy.
import { ConnectError, type Interceptor } from "@connect-ts/runtime";

// #region limit-concurrency
/** Runs so many calls at a time, and refuses what is more at once: cheap, since no message has been read. */
export function limitConcurrency(limit: number): Interceptor {
  let running = 0;
  return async (_call, next) => {
    if (running >= limit) throw new ConnectError("resource_exhausted", `${limit} calls are running: try again later`);
    running++;
    try {
      await next();
    } finally {
      running--;
    }
  };
}
// #endregion
