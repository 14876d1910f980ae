import type { ConnectError } from "../../error/connect-error.js";
import type { Compression } from "../../framing/compression.js";
import type { HandlerRequest, HandlerSetup } from "../protocol.js";
import { findServedType, type ServedType, type ServedTypes } from "../shared/content-type.js";
import { combineValues, invalidHeader } from "../shared/header-fields.js";
import {
  chooseCompression,
  compressionTable,
  findCompression,
  isCompressed,
  unknownRequestCompression,
} from "../shared/negotiate-compression.js";
import { parseGrpcTimeout } from "./timeout.js";

/** What the head of a gRPC or gRPC-Web request says. */
export interface GrpcRequest {
  readonly type: ServedType;
  readonly acceptNames: string;
  readonly requestCompression: Compression | undefined;
  readonly responseCompression: Compression | undefined;
  readonly timeoutMs: number | undefined;
  readonly error: ConnectError | undefined;
}

/** Reads a request's head; `undefined` when its content type is not of `types`. */
export function acceptGrpc(request: HandlerRequest, setup: HandlerSetup, types: ServedTypes): GrpcRequest | undefined {
  const { list } = request.headers;
  let contentType: string | undefined;
  let timeout: string | undefined;
  let encoding: string | undefined;
  let accept: string | undefined;
  // One pass instead of a search for each name.
  for (let i = 0; i < list.length; i += 2) {
    const value = list[i + 1] as string;
    switch (list[i]) {
      case "content-type":
        contentType = combineValues(contentType, value);
        break;
      case "grpc-timeout":
        timeout = combineValues(timeout, value);
        break;
      case "grpc-encoding":
        encoding = combineValues(encoding, value);
        break;
      case "grpc-accept-encoding":
        accept = combineValues(accept, value);
        break;
    }
  }
  const type = findServedType(types, contentType);
  if (type === undefined) return undefined;

  let error: ConnectError | undefined;
  const table = compressionTable(setup.compressions);
  let requestCompression: Compression | undefined;
  if (isCompressed(encoding)) {
    requestCompression = findCompression(table, encoding);
    if (requestCompression === undefined) error = unknownRequestCompression(table, encoding);
  }
  let timeoutMs: number | undefined;
  if (timeout !== undefined) {
    timeoutMs = parseGrpcTimeout(timeout);
    if (timeoutMs === undefined) error ??= invalidHeader("Grpc-Timeout", timeout, "1 to 8 digits and one of HMSmun");
  }
  return {
    type,
    acceptNames: table.names,
    requestCompression,
    responseCompression: chooseCompression(table, requestCompression, accept),
    timeoutMs,
    error,
  };
}
