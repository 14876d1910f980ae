import type { HttpFailure } from "../http/http-failure.js";

/** What platforms that tell call a connection that was never made: Node's codes, and undici's. */
const connectCodes: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "ENOENT",
  "UND_ERR_CONNECT_TIMEOUT",
]);

const lostCodes: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "EPIPE",
  "UND_ERR_SOCKET",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
]);

const protocolCode = /^HPE_|^UND_ERR_HEADERS_OVERFLOW$|^UND_ERR_RE[QS]_CONTENT_LENGTH_MISMATCH$/;

/**
 * What became of a request whose `fetch` was rejected before a response. Browsers tell nothing more than
 * "Failed to fetch" (so that a page learns nothing of the network it is in); that is `connect`,
 * without a word on whether the request was processed.
 *
 * @param streamed - whether the request's body was a stream
 */
export function failureBeforeResponse(error: unknown, streamed: boolean): HttpFailure {
  const reason = reasonOf(error);
  const hint = streamed && reason === undefined ? " (browsers send request streams over HTTP/2 only)" : "";
  return { reason: reason ?? "connect", message: `no response came: ${describe(error)}${hint}`, cause: error };
}

/** What became of a response whose body broke. */
export function failureInBody(error: unknown): HttpFailure {
  const reason = reasonOf(error) === "protocol" ? "protocol" : "lost";
  return { reason, message: `the response broke off: ${describe(error)}`, cause: error };
}

function reasonOf(error: unknown): HttpFailure["reason"] | undefined {
  // Node's fetch rejects with "fetch failed", and the story is in the cause.
  const code = codeOf(causeOf(error)) ?? codeOf(error);
  if (code === undefined) return undefined;
  if (connectCodes.has(code)) return "connect";
  if (lostCodes.has(code)) return "lost";
  return protocolCode.test(code) ? "protocol" : undefined;
}

function describe(error: unknown): string {
  const cause = messageOf(causeOf(error));
  const own = messageOf(error) ?? String(error);
  return (cause === undefined || cause === "" ? own : `${own}: ${cause}`).slice(0, 300);
}

function causeOf(error: unknown): unknown {
  return property(error, "cause");
}

function codeOf(error: unknown): string | undefined {
  const code = property(error, "code");
  return typeof code === "string" ? code : undefined;
}

function messageOf(error: unknown): string | undefined {
  const message = property(error, "message");
  return typeof message === "string" ? message : undefined;
}

function property(value: unknown, name: "cause" | "code" | "message"): unknown {
  return typeof value === "object" && value !== null
    ? (value as { readonly [name: string]: unknown })[name]
    : undefined;
}
