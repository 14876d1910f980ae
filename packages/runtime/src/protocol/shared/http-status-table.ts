import type { Code } from "../../error/code.js";

/**
 * The code of a response that tells nothing but its HTTP status.
 *
 * @see https://connectrpc.com/docs/protocol#http-to-error-code
 * @see https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md
 */
export function codeFromHttpStatus(status: number): Code {
  switch (status) {
    case 400:
      return "internal";
    case 401:
      return "unauthenticated";
    case 403:
      return "permission_denied";
    case 404:
      return "unimplemented";
    case 429:
    case 502:
    case 503:
    case 504:
      return "unavailable";
    default:
      return "unknown";
  }
}
