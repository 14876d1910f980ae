// The interceptor of the token, to copy.
import type { Interceptor } from "@connect-ts/runtime";

/** The token of this page. It is in memory alone, where no other page finds it. */
export interface Tokens {
  current(): string;
  /** Gets a new one. Calls that ask at the same time share one request. */
  renew(): Promise<string>;
}

// #region send-token
/** Sends the token with each call. When the server refuses it, gets a new one and runs the call again, once. */
export function sendToken(tokens: Tokens): Interceptor {
  return async (call, next) => {
    const sent = tokens.current();
    call.requestHeaders.set("authorization", `Bearer ${sent}`);
    try {
      return await next();
    } catch (error) {
      if (call.status !== "unauthenticated") throw error;
    }
    // Another call may have renewed it in the meantime.
    const renewed = tokens.current() === sent ? await tokens.renew() : tokens.current();
    call.requestHeaders.set("authorization", `Bearer ${renewed}`);
    await next();
  };
}
// #endregion
