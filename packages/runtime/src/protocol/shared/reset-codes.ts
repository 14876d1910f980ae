import type { Code } from "../../error/code.js";

/**
 * The code of an exchange that the peer reset, by the HTTP/2 error code (RFC 9113 section 7).
 *
 * @param deadlinePassed - a peer that cancels after the deadline has seen the same deadline
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#errors
 */
export function codeFromReset(resetCode: number | undefined, deadlinePassed: boolean): Code {
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
