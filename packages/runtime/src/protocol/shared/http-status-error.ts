import { ConnectError } from "../../error/connect-error.js";
import type { HeaderMap } from "../../http/header-map.js";
import { codeFromHttpStatus } from "./http-status-table.js";
import { joinHeaders } from "./join-headers.js";

/** The error of a response that tells nothing but its HTTP status. */
export function httpStatusError(status: number, headers: HeaderMap): ConnectError {
  return ConnectError.remote(codeFromHttpStatus(status), httpStatusMessage(status), {
    metadata: joinHeaders(headers, undefined),
  });
}

/** What such an error says. */
export function httpStatusMessage(status: number): string {
  return `the server answered with HTTP status ${status}`;
}
