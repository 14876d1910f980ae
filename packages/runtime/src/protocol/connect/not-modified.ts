import { ConnectError, type ConnectErrorOptions } from "../../error/connect-error.js";

/** By `Symbol.for`, so that every copy of this package knows it. */
const brand: symbol = Symbol.for("connect-ts.notModified");

/**
 * The answer "304 Not Modified" to a Connect GET: throw it from a handler whose client holds a
 * current copy of the response, as told by `If-None-Match` in the request's headers.
 * For any other request it is an `unknown` error.
 *
 * @param metadata - headers of the response, such as `ETag`
 *
 * @example
 * if (context.requestHeaders.get("if-none-match") === etag) throw notModifiedError({ etag });
 */
export function notModifiedError(metadata?: ConnectErrorOptions["metadata"]): ConnectError {
  return mark(new ConnectError("unknown", "not modified", { metadata }));
}

/** The error of a client's GET that was answered with 304. */
export function remoteNotModifiedError(metadata: ConnectErrorOptions["metadata"]): ConnectError {
  return mark(ConnectError.remote("unknown", "not modified", { metadata }));
}

/** Whether an error says that the response of a Connect GET has not changed. */
export function isNotModified(error: unknown): boolean {
  return typeof error === "object" && error !== null && (error as { [key: symbol]: unknown })[brand] === true;
}

function mark(error: ConnectError): ConnectError {
  Object.defineProperty(error, brand, { value: true });
  return error;
}
