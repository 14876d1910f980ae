import { ConnectError } from "@connect-ts/runtime";
// #region map-errors
/** Turns a domain's own errors into RPC errors; what it does not know stays hidden from clients. */
export function mapErrors(map) {
  return async (_call, next) => {
    try {
      await next();
    } catch (error) {
      throw map(error) ?? error;
    }
  };
}
// #endregion
