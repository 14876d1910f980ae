// One interceptor of the examples, to copy.
import type { Interceptor } from "@connect-ts/runtime";

// #region retry
/** Tries calls again that failed because the server was not there, when the schema says that running them twice is harmless. */
export function retry(attempts: number, delayMs: number): Interceptor {
  return async (call, next) => {
    const { idempotency } = call.spec;
    if (idempotency === "unknown") return next();
    let failure: unknown;
    for (let attempt = 1; ; attempt++) {
      try {
        return await next();
      } catch (error) {
        // The same error again: the call cannot be run again, for its caller has seen part of the response.
        const last = error === failure || attempt >= attempts || call.signal.aborted;
        if (last || call.status !== "unavailable") throw error;
        failure = error;
      }
      // Full jitter keeps clients from coming back all at once.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * delayMs * 2 ** attempt));
    }
  };
}
// #endregion
