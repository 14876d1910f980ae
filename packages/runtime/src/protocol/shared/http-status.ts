import type { Code } from "../../error/code.js";
import { ConnectError } from "../../error/connect-error.js";
import { HeaderMap } from "../../http/header-map.js";

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

/** The error of a response that tells nothing but its HTTP status. */
export function httpStatusError(status: number, headers: HeaderMap): ConnectError {
  return ConnectError.remote(codeFromHttpStatus(status), httpStatusMessage(status), {
    metadata: new HeaderMap(headers),
  });
}

/** What such an error says. */
export function httpStatusMessage(status: number): string {
  const why = status === 413 ? ": the request is larger than the server takes, or a proxy or framework before it" : "";
  return `the server answered with HTTP status ${status}${why}`;
}
