import type { Code } from "../error/code.js";
import { confidential } from "../error/confidential.js";
import { ConnectError } from "../error/connect-error.js";
import type { HttpFailure } from "../http/http-failure.js";

/**
 * The error of a call whose HTTP exchange failed: where a failure gets its code.
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
    case "shutdown":
      // A call may be tried again elsewhere: that is what `unavailable` tells a caller.
      return "unavailable";
    case "reset":
      return codeFromReset(failure.resetCode, deadlinePassed);
    case "protocol":
      return "internal";
    case "limit":
      return "resource_exhausted";
    case "unsupported":
      // No retry will help: this transport cannot carry such a call, as connect-go says of bidi over HTTP/1.1.
      return "unimplemented";
  }
}

/**
 * The code of an exchange that the peer reset, by the HTTP/2 error code (RFC 9113 section 7).
 *
 * @param deadlinePassed - a peer that cancels after the deadline has seen the same deadline
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#errors
 */
function codeFromReset(resetCode: number | undefined, deadlinePassed: boolean): Code {
  switch (resetCode) {
    case 0x7: // REFUSED_STREAM
      return "unavailable";
    case 0x8: // CANCEL
      return deadlinePassed ? "deadline_exceeded" : "canceled";
    case 0xb: // ENHANCE_YOUR_CALM
      return "resource_exhausted";
    case 0xc: // INADEQUATE_SECURITY
      return "permission_denied";
    default:
      return "internal";
  }
}
