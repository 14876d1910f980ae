// A file of its own: it marks errors of every room.
import { ConnectError, memberOf } from "./connect-error.js";

/** By `Symbol.for`, so that every copy of this package knows it. */
const brand: symbol = Symbol.for("connect-ts.confidential");

/**
 * Marks an error whose text is about this side's surroundings, such as the address of a server that
 * could not be reached: a handler that lets it escape must not tell its own client.
 */
export function confidential<E extends Error>(error: E): E {
  Object.defineProperty(error, brand, { value: true });
  return error;
}

/** The error of code that uses this package in a wrong way: a handler tells its `onError` of it, and not the client. */
export function misused(message: string, cause?: unknown): ConnectError {
  return confidential(new ConnectError("internal", message, { cause }));
}

/** Whether an error is marked as {@link confidential}. */
export function isConfidential(error: object): boolean {
  return memberOf(error, brand) === true;
}

/**
 * Whether a handler's client is to be told an error as it is: it is a ConnectError that was made for that, not one that came
 * from another server, nor one that is {@link confidential}.
 */
export function isAuthored(reason: unknown): reason is ConnectError {
  return reason instanceof ConnectError && memberOf(reason, "isRemote") === false && !isConfidential(reason);
}
