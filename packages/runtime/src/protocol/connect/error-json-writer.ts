import { type Message, toJson } from "@bufbuild/protobuf";
import type { ConnectError } from "../../error/connect-error.js";
import type { ErrorDetail } from "../../error/detail.js";
import { encodeBase64Unpadded } from "../../http/base64.js";
import { useSchemasInDetails } from "../../message/es-codec.js";

const utf8 = new TextEncoder();

// Every handler writes errors, and all of them have descriptors, whatever their codecs are.
useSchemasInDetails();

/** The JSON form of an error. Keys are exactly those of the protocol. */
export interface ErrorJson {
  code: string;
  message?: string;
  details?: DetailJson[];
}

interface DetailJson {
  type: string;
  value: string;
  debug?: unknown;
}

/** https://connectrpc.com/docs/protocol#error-end-stream */
export function errorToJson(error: ConnectError): ErrorJson {
  const json: ErrorJson = { code: error.code };
  if (error.rawMessage !== "") json.message = error.rawMessage;
  if (error.details.length > 0) json.details = error.details.map(detailToJson);
  return json;
}

/** An error as the body of a unary response. */
export function writeErrorJson(error: ConnectError): Uint8Array {
  return utf8.encode(JSON.stringify(errorToJson(error)));
}

function detailToJson(detail: ErrorDetail): DetailJson {
  const json: DetailJson = { type: detail.type, value: encodeBase64Unpadded(detail.value) };
  const debug = detail.debug ?? debugOf(detail);
  if (debug !== undefined) json.debug = debug;
  return json;
}

/** A detail as ProtoJSON, for people. An `Any` of a type that is not at hand has none, so the detail goes without. */
function debugOf(detail: ErrorDetail): unknown {
  if (detail.source === undefined) return undefined;
  const { type, message } = detail.source;
  try {
    if (type.schema !== undefined) return toJson(type.schema, message as Message);
    const json = type.toJsonString?.(message, {});
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}
