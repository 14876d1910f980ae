import { ConnectError, memberOf } from "../error/connect-error.js";
import type { HttpFailure } from "../http/http-failure.js";
import { crossOriginHint } from "./base-url.js";

// What platforms that tell call what went wrong: Node's codes, and undici's.

/** A connection was never made, so not a byte of a request can have gone. */
const unsentCode = /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENOENT|UND_ERR_CONNECT_TIMEOUT)$/;
/** The same, or one is gone. */
const connectCode = /^E(?:HOSTUNREACH|NETUNREACH|TIMEDOUT)$/;
const lostCode = /^(?:ECONNRESET|EPIPE|UND_ERR_(?:SOCKET|(?:HEADERS|BODY)_TIMEOUT))$/;
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
  const unprocessed = unsentCode.test(codeOf(error));
  return { reason: reason ?? "connect", message, cause: error, ...(unprocessed && { unprocessed }) };
}

/** What became of a response whose body broke. */
export function failureInBody(error: unknown): HttpFailure {
  const reason = reasonOf(error) === "protocol" ? "protocol" : "lost";
  return { reason, message: `the response was interrupted: ${describe(error)}`, cause: error };
}

function reasonOf(error: unknown): HttpFailure["reason"] | undefined {
  const code = codeOf(error);
  if (unsentCode.test(code) || connectCode.test(code)) return "connect";
  if (lostCode.test(code)) return "lost";
  if (/_OVERFLOW$/.test(code)) return "limit";
  return protocolCode.test(code) ? "protocol" : undefined;
}

export function describe(error: unknown): string {
  const cause = textOf(memberOf(error, "cause"), "message");
  const own = textOf(error, "message") ?? ConnectError.from(error).rawMessage;
  return (cause ? `${own}: ${cause}` : own).slice(0, 300);
}

/** Node's fetch rejects with "fetch failed", and the story is in the cause. */
function codeOf(error: unknown): string {
  return textOf(memberOf(error, "cause"), "code") ?? textOf(error, "code") ?? "";
}

function textOf(error: unknown, name: string): string | undefined {
  const text = memberOf(error, name);
  return typeof text === "string" ? text : undefined;
}
