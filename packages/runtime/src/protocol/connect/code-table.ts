// A file of its own: a table, to hold beside the specification.
import type { Code } from "../../error/code.js";

/** The HTTP status of a unary error: https://connectrpc.com/docs/protocol#error-codes */
const statuses: ReadonlyMap<Code, number> = new Map<Code, number>([
  ["canceled", 499],
  ["unknown", 500],
  ["invalid_argument", 400],
  ["deadline_exceeded", 504],
  ["not_found", 404],
  ["already_exists", 409],
  ["permission_denied", 403],
  ["resource_exhausted", 429],
  ["failed_precondition", 400],
  ["aborted", 409],
  ["out_of_range", 400],
  ["unimplemented", 501],
  ["internal", 500],
  ["unavailable", 503],
  ["data_loss", 500],
  ["unauthenticated", 401],
]);

/** The HTTP status that Connect answers a unary error with. */
export function httpStatusFromCode(code: Code): number {
  return statuses.get(code) ?? 500;
}
