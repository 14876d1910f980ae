import { ConnectError, type ContextKey, createContextKey, type Interceptor } from "@connect-ts/runtime";

// #region identity
/** Who makes a call: what handlers read from `context.values`. */
export interface Identity {
  readonly name: string;
  readonly roles: readonly string[];
}

export const identity: ContextKey<Identity | undefined> = createContextKey<Identity | undefined>(undefined, {
  description: "identity",
});
// #endregion

// #region client
/** On clients: sends a token with every call. */
export function sendToken(token: () => string | Promise<string>): Interceptor {
  return async (call, next) => {
    call.requestHeaders.set("authorization", `Bearer ${await token()}`);
    await next();
  };
}
// #endregion

// #region handler
/** On handlers: refuses callers without a good token before a byte of the request is read. */
export function requireToken(verify: (token: string) => Identity | undefined): Interceptor {
  return async (call, next) => {
    const header = call.requestHeaders.get("authorization") ?? "";
    const caller = header.startsWith("Bearer ") ? verify(header.slice("Bearer ".length)) : undefined;
    if (caller === undefined) throw new ConnectError("unauthenticated", "a valid bearer token is required");
    call.values.set(identity, caller);
    await next();
  };
}
// #endregion
