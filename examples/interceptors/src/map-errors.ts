// One interceptor of the examples, to copy.
import type { ConnectError, Interceptor } from "@connect-ts/runtime";

// #region map-errors
/** Turns a domain's own errors into RPC errors; what it does not know stays hidden from clients. */
export function mapErrors(map: (error: unknown) => ConnectError | undefined): Interceptor {
  return async (_call, next) => {
    try {
      await next();
    } catch (error) {
      throw map(error) ?? error;
    }
  };
}
// #endregion
