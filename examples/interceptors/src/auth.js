import { ConnectError, createContextKey } from "@connect-ts/runtime";
export const identity = createContextKey(undefined, {
  description: "identity",
});
// #endregion
// #region client
/** On clients: sends a token with every call. */
export function sendToken(token) {
  return async (call, next) => {
    call.requestHeaders.set("authorization", `Bearer ${await token()}`);
    await next();
  };
}
// #endregion
// #region handler
/** On handlers: refuses callers without a good token before a byte of the request is read. */
export function requireToken(verify) {
  return async (call, next) => {
    const header = call.requestHeaders.get("authorization") ?? "";
    const caller = header.startsWith("Bearer ") ? verify(header.slice("Bearer ".length)) : undefined;
    if (caller === undefined) throw new ConnectError("unauthenticated", "a valid bearer token is required");
    call.values.set(identity, caller);
    await next();
  };
}
// #endregion
