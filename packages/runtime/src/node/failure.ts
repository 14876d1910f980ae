import type { HeaderMap } from "../http/header-map.js";
import { headerBytes } from "../http/header-size.js";
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

/** What the platform's text does not tell: the ways to have mistaken the server. */
const connectHints: ReadonlyMap<unknown, string> = new Map([
  ["ERR_SSL_WRONG_VERSION_NUMBER", 'the server does not speak TLS here: should baseUrl begin with "http:"?'],
  [
    "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL",
    'the server does not offer the HTTP version that was asked for: set http: "auto" to take what it offers',
  ],
]);

/** No connection could be made. Nothing was sent, so the request may be sent again. */
export function connectFailure(origin: string, cause: unknown): HttpFailure {
  const why = connectHints.get((cause as { readonly code?: unknown } | undefined)?.code) ?? messageOf(cause);
  return { reason: "connect", unprocessed: true, message: `cannot connect to ${origin}: ${why}`, cause };
}

/**
 * What a server speaks that began an answer with these bytes, and how to speak it too; `undefined` when they do not tell.
 *
 * @param asked - the HTTP version that the request was sent with
 */
export function mistakenServer(bytes: Uint8Array, asked: "1.1" | "2"): string | undefined {
  const [first, second, third] = bytes;
  // A TLS record (RFC 8446 section 5.1): an alert, or a handshake.
  if ((first === 0x15 || first === 0x16) && second === 0x03)
    return 'the server speaks TLS here: should baseUrl begin with "https:"?';
  // The server's preface is a SETTINGS frame (RFC 9113 section 3.4), and a short one.
  if (asked === "1.1" && first === 0 && second === 0 && (third as number) < 128 && bytes[3] === 0x4)
    return 'the server speaks HTTP/2 here, and not HTTP/1.1: set http: "2", which is also what protocol: grpc() does';
  if (asked === "2" && String.fromCharCode(...bytes.subarray(0, 5)) === "HTTP/")
    return 'the server answers in HTTP/1.1 here, and not in HTTP/2: set http: "1.1" and, in place of grpc(), connect() or grpcWeb()';
  return undefined;
}

/** A server that never said a word, and closed the connection, may want something else. */
export const silentServer: Readonly<Record<"1.1" | "2", string>> = {
  "1.1":
    'the server closed it without an answer: does it want TLS here (baseUrl with "https:"), or HTTP/2 (http: "2", or protocol: grpc())?',
  "2": 'the server closed it without an answer: does it want TLS here (baseUrl with "https:"), or HTTP/1.1 (http: "1.1")?',
};

/** What an HTTP status says about HTTP that was given in place of an RPC's answer, and what to do. */
export function statusHint(status: number, { list }: HeaderMap): string | undefined {
  if (status === 431)
    return `: the request's header fields are more than the server takes, or a proxy before it: those of the call have ${headerBytes(list)} bytes`;
  return status === 505
    ? ": a call that sends and receives at the same time needs HTTP/2 on the whole way, or allowHalfDuplexBidiOverHttp1 on both sides"
    : undefined;
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
  "the request's body was read before the RPC handler got it: mount the handler before body parsers such as express.json(), or put the bytes into request.rawBody";

/** What is left of a server's calls when it ends. */
export const shutdownFailure: HttpFailure = { reason: "shutdown", message: "the server shut down" };

/** A client began a request and does not go on. */
export function idleFailure(timeoutMs: number): HttpFailure {
  return { reason: "protocol", message: `nothing of the request came for ${timeoutMs} ms (requestIdleTimeoutMs)` };
}

/** A client sends a request, and too slowly. */
export function slowFailure(minBytesPerSecond: number): HttpFailure {
  return {
    reason: "protocol",
    message: `the request came slower than ${minBytesPerSecond} bytes a second (requestMinBytesPerSecond)`,
  };
}

export const stalledMessage: string = "the client did not read the response for too long (stalledWriterTimeoutMs)";
