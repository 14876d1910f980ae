import type { HttpFailure } from "../http/http-failure.js";

/** The longest part of a platform's error message that goes into one of ours. */
const maxMessage = 300;

/** A platform error's message, cut and without control characters: it may hold what a peer sent. */
export function messageOf(error: unknown): string {
  const { message, code, errors } = (error ?? {}) as { message?: unknown; code?: unknown; errors?: unknown };
  // Node's AggregateError of several addresses tried has an empty message.
  const nested = Array.isArray(errors) && errors.length > 0 ? (errors[0] as { message?: unknown }).message : undefined;
  const text = String(message || nested || code || error);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters in question
  return text.slice(0, maxMessage).replace(/[\x00-\x1f\x7f]+/g, " ");
}

/** What the platform's text for it does not tell: the two ways to have mistaken the server. */
const connectHints: ReadonlyMap<unknown, string> = new Map([
  ["ERR_SSL_WRONG_VERSION_NUMBER", 'the server does not speak TLS here: should baseUrl begin with "http:"?'],
  ["ERR_HTTP2_ERROR", "the server does not speak HTTP/2 here"],
]);

/** No connection could be made. Nothing was sent, so the request may be sent again. */
export function connectFailure(origin: string, cause: unknown): HttpFailure {
  const why = connectHints.get((cause as { readonly code?: unknown } | undefined)?.code) ?? messageOf(cause);
  return { reason: "connect", unprocessed: true, message: `cannot connect to ${origin}: ${why}`, cause };
}

/** The connection died under an exchange. */
export function lostFailure(what: string, cause: unknown, unprocessed = false): HttpFailure {
  const message = cause === undefined ? what : `${what}: ${messageOf(cause)}`;
  return {
    reason: "lost",
    message,
    ...(unprocessed ? { unprocessed } : undefined),
    ...(cause ? { cause } : undefined),
  };
}

/** The names of RFC 9113 section 7; the index is the code. */
const resetNames: readonly string[] = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
];

/** REFUSED_STREAM (RFC 9113 section 8.7): the request was not processed. */
const refusedStream = 7;

/** The peer sent RST_STREAM. */
export function resetFailure(resetCode: number): HttpFailure {
  const message = `the stream was reset with ${resetNames[resetCode] ?? `code ${resetCode}`}`;
  return resetCode === refusedStream
    ? { reason: "reset", resetCode, unprocessed: true, message }
    : { reason: "reset", resetCode, message };
}

/** A request of a foreign server whose body somebody else has read. */
export const consumedHint: string =
  "the request's body was read before the RPC handler got it: mount the handler before body parsers such as express.json()";

export const stalledMessage: string = "the client took nothing of the response for too long";
