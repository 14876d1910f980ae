// #region default-deadline
/** Gives calls without a deadline one, so that none waits for ever. */
export function defaultDeadline(timeoutMs) {
  return async (call, next) => {
    if (call.timeoutMs() === undefined) call.setTimeoutMs(timeoutMs);
    await next();
  };
}
// #endregion
