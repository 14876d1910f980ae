// One interceptor of the examples, to copy.
import type { Message } from "@bufbuild/protobuf";
import { ConnectError, type Interceptor } from "@connect-ts/runtime";

// #region validate
/** Refuses request messages that break a rule, on whichever side it is used: each message of a stream, too. */
export function validate(violation: (message: Message) => string | undefined): Interceptor {
  return async (call, next) => {
    call.onRequest((message, { index }) => {
      const text = violation(message);
      if (text !== undefined) throw new ConnectError("invalid_argument", `request message ${index}: ${text}`);
    });
    await next();
  };
}
// #endregion
