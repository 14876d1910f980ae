import { confidential } from "../error/confidential.js";
import { ConnectError } from "../error/connect-error.js";
import type { HttpFailure } from "../http/http-failure.js";
import { codeFromReset } from "./shared/reset-codes.js";

/**
 * The error of a call whose HTTP exchange broke: the one place where a failure gets its code.
 *
 * @param deadlinePassed - whether the call's own deadline had passed when the exchange broke
 */
export function errorFromFailure(failure: HttpFailure, deadlinePassed: boolean): ConnectError {
  return confidential(
    new ConnectError(codeFromFailure(failure, deadlinePassed), failure.message, { cause: failure.cause }),
  );
}

function codeFromFailure(failure: HttpFailure, deadlinePassed: boolean): ConnectError["code"] {
  switch (failure.reason) {
    case "connect":
    case "lost":
      // A call may be tried again elsewhere: that is what `unavailable` tells a caller.
      return "unavailable";
    case "reset":
      return codeFromReset(failure.resetCode, deadlinePassed);
    case "protocol":
      return "internal";
    case "unsupported":
      // No retry will help: this transport cannot carry such a call, as connect-go says of bidi over HTTP/1.1.
      return "unimplemented";
  }
}
