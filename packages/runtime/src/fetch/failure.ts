import { ConnectError, memberOf } from "../error/connect-error.js";
import type { HttpFailure } from "../http/http-failure.js";
import { crossOriginHint } from "./base-url.js";

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

/** Those of them that come before a byte of a request can have gone. */
const unsentCodes: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
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

const protocolCode = /^HPE_|LENGTH_MISMATCH$/;

/**
 * What became of a request whose `fetch` was rejected before a response. Browsers tell nothing more than
 * "Failed to fetch" (so that a page learns nothing of the network it is in); that is `connect`,
 * without a word on whether the request was processed.
 *
 * @param more - what may be wrong besides when the platform tells nothing
 * @param url - where the request went, or its origin
 */
export function failureBeforeResponse(error: unknown, more: string, url: string): HttpFailure {
  const reason = reasonOf(error);
  const hint = reason === undefined ? more + crossOriginHint(error, url) : "";
  const message = `no response came: ${describe(error)}${hint}`;
  const unprocessed = unsentCodes.has(codeOf(causeOf(error)) ?? codeOf(error) ?? "");
  return { reason: reason ?? "connect", message, cause: error, ...(unprocessed && { unprocessed }) };
}

/** What became of a response whose body broke. */
export function failureInBody(error: unknown): HttpFailure {
  const reason = reasonOf(error) === "protocol" ? "protocol" : "lost";
  return { reason, message: `the response was interrupted: ${describe(error)}`, cause: error };
}

function reasonOf(error: unknown): HttpFailure["reason"] | undefined {
  // Node's fetch rejects with "fetch failed", and the story is in the cause.
  const code = codeOf(causeOf(error)) ?? codeOf(error);
  if (code === undefined) return undefined;
  if (connectCodes.has(code)) return "connect";
  if (lostCodes.has(code)) return "lost";
  if (/_OVERFLOW$/.test(code)) return "limit";
  return protocolCode.test(code) ? "protocol" : undefined;
}

export function describe(error: unknown): string {
  const cause = messageOf(causeOf(error));
  const own = messageOf(error) ?? ConnectError.from(error).rawMessage;
  return (cause === undefined || cause === "" ? own : `${own}: ${cause}`).slice(0, 300);
}

function causeOf(error: unknown): unknown {
  return memberOf(error, "cause");
}

function codeOf(error: unknown): string | undefined {
  const code = memberOf(error, "code");
  return typeof code === "string" ? code : undefined;
}

function messageOf(error: unknown): string | undefined {
  const message = memberOf(error, "message");
  return typeof message === "string" ? message : undefined;
}
