// A file of its own: attempts mark errors with it, and transports made of transports read them.
import { memberOf } from "./connect-error.js";

/** By `Symbol.for`, so that every copy of this package knows it. */
const brand: symbol = Symbol.for("connect-ts.unprocessed");

/** Marks the error of an attempt whose request no server has processed. */
export function unprocessed<E extends Error>(error: E): E {
  Object.defineProperty(error, brand, { value: true });
  return error;
}

/**
 * Whether the request of an attempt provably never ran: it did not leave this process, or the server refused it before it
 * looked at it. Such a call may be made again elsewhere, whatever it does. `false` means that nobody knows.
 *
 * Specification: https://github.com/grpc/proposal/blob/master/A6-client-retries.md#transparent-retries
 */
export function isUnprocessed(error: unknown): boolean {
  return memberOf(error, brand) === true;
}
