import { isObject } from "../../check-options.js";
import { ConnectError } from "../../error/connect-error.js";
import { HeaderMap } from "../../http/header-map.js";
import type { HeaderLimits } from "../../http/http-client.js";
import type { CallEnd } from "../protocol.js";
import { BodyMetadata } from "../shared/body-metadata.js";
import { joinHeaders } from "../shared/header-fields.js";
import { errorFromJson, parseJson } from "./error-json.js";

/** The flag of the envelope that ends a stream: https://connectrpc.com/docs/protocol#streaming-rpcs */
export const endStreamFlag = 0b10;

/**
 * Reads the payload of the last envelope.
 *
 * @param headers - the response's, which an error carries too
 * @param limits - of the trailers
 */
export function readEndStream(payload: Uint8Array, headers: HeaderMap, limits: HeaderLimits): CallEnd {
  const metadata = new BodyMetadata(limits);
  const { trailers } = metadata;
  // "{}", what a success without trailers sends.
  if (payload.length === 2 && payload[0] === 0x7b && payload[1] === 0x7d) return { error: undefined, trailers };
  const json = parseJson(payload);
  if (json === undefined || (json !== null && !isObject(json))) {
    return {
      error: ConnectError.remote("internal", "the end-of-stream message is not a JSON object", {
        metadata: new HeaderMap(headers),
      }),
      trailers,
    };
  }
  if (json === null) return { error: undefined, trailers };
  readMetadata(json.metadata, metadata);
  if (metadata.error !== undefined) return { error: metadata.error, trailers };
  const { error } = json;
  if (error === undefined || error === null) return { error: undefined, trailers };
  const all = joinHeaders(headers, trailers);
  return {
    error: errorFromJson(error, "unknown", all, "the end-of-stream message has a malformed error"),
    trailers,
  };
}

function readMetadata(json: unknown, metadata: BodyMetadata): void {
  if (!isObject(json)) return;
  for (const name of Object.keys(json)) {
    const values = json[name];
    for (const value of Array.isArray(values) ? values : [values]) {
      if (typeof value === "string") metadata.append(name, value);
    }
  }
}
