import type { ConnectError } from "../../error/connect-error.js";
import { envelopeHeadroom, sealEnvelope } from "../../framing/envelope-writer.js";
import type { HeaderMap } from "../../http/header-map.js";
import { appendUserHeaders } from "../shared/header-fields.js";
import { endStreamFlag } from "./end-stream.js";
import { type ErrorJson, errorToJson } from "./error-json-writer.js";

const utf8 = new TextEncoder();

/** The last envelope of a stream. */
export function writeEndStream(error: ConnectError | undefined, trailers: HeaderMap): Uint8Array {
  // A new array each time: a platform may take the memory of what it is given to send.
  if (error === undefined && trailers.list.length === 0) return Uint8Array.of(endStreamFlag, 0, 0, 0, 2, 0x7b, 0x7d);
  const json: { error?: ErrorJson; metadata?: { [name: string]: string[] } } = {};
  if (error !== undefined) json.error = errorToJson(error);
  const list: string[] = [];
  appendUserHeaders(list, trailers);
  if (error !== undefined) appendUserHeaders(list, error.metadata);
  if (list.length > 0) json.metadata = metadataToJson(list);
  const payload = utf8.encode(JSON.stringify(json));
  const frame = new Uint8Array(envelopeHeadroom + payload.length);
  frame.set(payload, envelopeHeadroom);
  return sealEnvelope(endStreamFlag, frame);
}

function metadataToJson(list: readonly string[]): { [name: string]: string[] } {
  // Without a prototype: "__proto__" is a legal header name.
  const json: { [name: string]: string[] } = Object.create(null);
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i] as string;
    const values = json[name];
    if (values === undefined) json[name] = [list[i + 1] as string];
    else values.push(list[i + 1] as string);
  }
  return json;
}
