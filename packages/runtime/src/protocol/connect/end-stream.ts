import { ConnectError } from "../../error/connect-error.js";
import { HeaderMap } from "../../http/header-map.js";
import type { CallEnd } from "../protocol.js";
import { joinHeaders } from "../shared/join-headers.js";
import { appendLenient } from "../shared/lenient-append.js";
import { errorFromJson, isObject, parseJson } from "./error-json.js";

/** The flag of the envelope that ends a stream: https://connectrpc.com/docs/protocol#streaming-rpcs */
export const endStreamFlag = 0b10;

/**
 * Reads the payload of the last envelope.
 *
 * @param headers - the response's, which an error carries too
 */
export function readEndStream(payload: Uint8Array, headers: HeaderMap): CallEnd {
  const trailers = new HeaderMap();
  // "{}", what a success without trailers sends.
  if (payload.length === 2 && payload[0] === 0x7b && payload[1] === 0x7d) return { error: undefined, trailers };
  const json = parseJson(payload);
  if (json === undefined || (json !== null && !isObject(json))) {
    return {
      error: ConnectError.remote("internal", "the end-of-stream message is not a JSON object", {
        metadata: joinHeaders(headers, undefined),
      }),
      trailers,
    };
  }
  if (json === null) return { error: undefined, trailers };
  readMetadata(json.metadata, trailers);
  const { error } = json;
  if (error === undefined || error === null) return { error: undefined, trailers };
  const metadata = joinHeaders(headers, trailers);
  return {
    error: errorFromJson(error, "unknown", metadata, "the end-of-stream message has a malformed error"),
    trailers,
  };
}

function readMetadata(json: unknown, trailers: HeaderMap): void {
  if (!isObject(json)) return;
  for (const name of Object.keys(json)) {
    const values = json[name];
    for (const value of Array.isArray(values) ? values : [values]) {
      if (typeof value === "string") appendLenient(trailers, name, value);
    }
  }
}
