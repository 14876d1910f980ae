// #region retry
/** Tries calls again that failed because the server was not there, when the schema says that running them twice is harmless. */
export function retry(attempts, delayMs) {
  return async (call, next) => {
    const { idempotency } = call.spec;
    if (idempotency === "unknown") return next();
    for (let attempt = 1; ; attempt++) {
      try {
        return await next();
      } catch (error) {
        if (call.status !== "unavailable" || attempt >= attempts || call.signal.aborted) throw error;
      }
      // Full jitter keeps clients from coming back all at once.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * delayMs * 2 ** attempt));
    }
  };
}
// #endregion
