import { isObject } from "../../check-options.js";
import { type Code, isCode } from "../../error/code.js";
import { ConnectError } from "../../error/connect-error.js";
import type { ErrorDetail } from "../../error/detail.js";
import type { HeaderMap } from "../../http/header-map.js";
import { bytesFromBase64 } from "../../http/platform-base64.js";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Parses JSON in UTF-8; `undefined` when the bytes are none, which no JSON value is. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    return undefined;
  }
}

/**
 * Makes an error of its JSON form, leniently: what is missing or malformed takes its default.
 *
 * @param fallback - the code where the JSON names none that is known
 * @see https://connectrpc.com/docs/protocol#error-end-stream
 */
export function errorFromJson(
  json: unknown,
  fallback: Code,
  metadata: HeaderMap,
  fallbackMessage: string,
): ConnectError {
  if (!isObject(json)) return ConnectError.remote(fallback, fallbackMessage, { metadata });
  const { code, message, details } = json;
  return ConnectError.remote(isCode(code) ? code : fallback, typeof message === "string" ? message : "", {
    metadata,
    details: Array.isArray(details) ? details.flatMap(detailFromJson) : undefined,
  });
}

function detailFromJson(json: unknown): ErrorDetail[] {
  if (!isObject(json)) return [];
  const { type, value, debug } = json;
  if (typeof type !== "string" || typeof value !== "string") return [];
  const bytes = bytesFromBase64(value);
  if (bytes === undefined) return [];
  const detail = { type: type.slice(type.lastIndexOf("/") + 1), value: bytes };
  return [debug === undefined ? detail : { ...detail, debug }];
}
