import type { Kind, Spec } from "../../call/spec.js";
import { checkOptions } from "../../check-options.js";
import { ConnectError } from "../../error/connect-error.js";
import type { Compression } from "../../framing/compression.js";
import type { Codec } from "../../message/codec.js";
import type { HandlerExchange, HandlerProtocol, HandlerRequest, HandlerSetup } from "../protocol.js";
import { findServedType, perCodecs, type ServedType, servedTypes } from "../shared/content-type.js";
import { combineValues, invalidHeader } from "../shared/header-fields.js";
import {
  chooseCompression,
  compressionTable,
  findCompression,
  isCompressed,
  unknownRequestCompression,
} from "../shared/negotiate-compression.js";
import { unknownStream, unknownUnary } from "../shared/unknown-procedure.js";
import { parseGetQuery } from "./get-query.js";
import { acceptConnectGet } from "./handler-get.js";
import { ConnectStreamHandlerExchange } from "./handler-stream.js";
import { ConnectUnaryHandlerExchange } from "./handler-unary.js";
import { codecOfPlainCurl } from "./plain-curl.js";
import { parseConnectTimeout } from "./timeout.js";

/** Options of the Connect protocol on servers. */
export interface ConnectHandlerOptions {
  /** Refuse unary requests that lack the header `Connect-Protocol-Version`. @default false: `curl` needs no special header */
  readonly requireConnectProtocolHeader?: boolean | undefined;
}

/**
 * The Connect protocol on servers: for the option `protocols`.
 *
 * @see https://connectrpc.com/docs/protocol
 */
export function connectHandlerProtocol(options: ConnectHandlerOptions = {}): HandlerProtocol {
  checkOptions("connectHandlerProtocol", options, { requireConnectProtocolHeader: "boolean" });
  const versionRequired = options.requireConnectProtocolHeader ?? false;
  return {
    name: "connect",
    contentTypes: (kind: Kind, codecs: readonly Codec[]): string[] => [...typesOf(kind, codecs).keys()],
    allowsGet,
    accept(request: HandlerRequest, setup: HandlerSetup): HandlerExchange | undefined {
      if (request.method === "GET") {
        return allowsGet(setup.spec) ? acceptConnectGet(request, setup, versionRequired) : undefined;
      }
      return request.method === "POST" ? acceptPost(request, setup, versionRequired) : undefined;
    },
    acceptUnknown,
  };
}

function acceptUnknown(request: HandlerRequest): HandlerExchange | undefined {
  // Any page is asked for by GET; a Connect GET says how its message is encoded.
  if (request.method === "GET") {
    return parseGetQuery(request.query).encoding === undefined
      ? undefined
      : acceptConnectGet(request, unknownUnary, false);
  }
  if (request.method !== "POST") return undefined;
  return acceptPost(request, unknownStream, false) ?? acceptPost(request, unknownUnary, false);
}

function allowsGet(spec: Spec): boolean {
  return spec.kind === "unary" && spec.idempotency === "no_side_effects";
}

const unaryTypes = perCodecs((codecs) => servedTypes(codecs, "application/"));
const streamTypes = perCodecs((codecs) => servedTypes(codecs, "application/connect+"));

function typesOf(kind: Kind, codecs: readonly Codec[]): ReadonlyMap<string, ServedType> {
  return kind === "unary" ? unaryTypes(codecs) : streamTypes(codecs);
}

function acceptPost(
  request: HandlerRequest,
  setup: HandlerSetup,
  versionRequired: boolean,
): HandlerExchange | undefined {
  const unary = setup.spec.kind === "unary";
  const { list } = request.headers;
  let contentType: string | undefined;
  let version: string | undefined;
  let timeout: string | undefined;
  let unaryEncoding: string | undefined;
  let unaryAccept: string | undefined;
  let streamEncoding: string | undefined;
  let streamAccept: string | undefined;
  // One pass instead of a search for each name.
  for (let i = 0; i < list.length; i += 2) {
    const value = list[i + 1] as string;
    switch (list[i]) {
      case "content-type":
        contentType = combineValues(contentType, value);
        break;
      case "connect-protocol-version":
        version = combineValues(version, value);
        break;
      case "connect-timeout-ms":
        timeout = combineValues(timeout, value);
        break;
      case "content-encoding":
        unaryEncoding = combineValues(unaryEncoding, value);
        break;
      case "accept-encoding":
        unaryAccept = combineValues(unaryAccept, value);
        break;
      case "connect-content-encoding":
        streamEncoding = combineValues(streamEncoding, value);
        break;
      case "connect-accept-encoding":
        streamAccept = combineValues(streamAccept, value);
        break;
    }
  }
  const type = findServedType(typesOf(setup.spec.kind, setup.codecs), contentType);
  const codec = type?.codec ?? (unary ? codecOfPlainCurl(contentType, request.headers, setup.codecs) : undefined);
  if (codec === undefined) return undefined;

  let error: ConnectError | undefined;
  const table = compressionTable(setup.compressions);
  const encoding = unary ? unaryEncoding : streamEncoding;
  const compressed = isCompressed(encoding);
  let requestCompression: Compression | undefined;
  if (compressed) {
    requestCompression = findCompression(table, encoding);
    if (requestCompression === undefined) error = unknownRequestCompression(table, encoding);
  }
  const responseCompression = chooseCompression(table, requestCompression, unary ? unaryAccept : streamAccept);
  let timeoutMs: number | undefined;
  if (timeout !== undefined) {
    timeoutMs = parseConnectTimeout(timeout);
    if (timeoutMs === undefined) error ??= invalidHeader("Connect-Timeout-Ms", timeout, "1 to 10 digits");
  }
  if (version === undefined) {
    if (unary && versionRequired) {
      error = new ConnectError("invalid_argument", 'the header Connect-Protocol-Version is missing: set it to "1"');
    }
  } else if (version !== "1") {
    error = invalidHeader("Connect-Protocol-Version", version, '"1"');
  }
  return type === undefined || unary
    ? new ConnectUnaryHandlerExchange(
        codec,
        table.names,
        requestCompression,
        compressed,
        responseCompression,
        timeoutMs,
        error,
        undefined,
      )
    : new ConnectStreamHandlerExchange(type, table.names, requestCompression, responseCompression, timeoutMs, error);
}
