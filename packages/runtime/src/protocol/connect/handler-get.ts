import { ConnectError } from "../../error/connect-error.js";
import type { Compression } from "../../framing/compression.js";
import { decodeBase64 } from "../../http/base64.js";
import type { HandlerExchange, HandlerRequest, HandlerSetup } from "../protocol.js";
import { invalidHeader, quote } from "../shared/header-fields.js";
import {
  chooseCompression,
  compressionTable,
  findCompression,
  isCompressed,
  unknownRequestCompression,
} from "../shared/negotiate-compression.js";
import { percentDecode, percentDecodeBytes } from "../shared/percent.js";
import { type ConnectGetQuery, parseGetQuery } from "./get-query.js";
import { ConnectUnaryHandlerExchange } from "./handler-unary.js";
import { parseConnectTimeout } from "./timeout.js";

/** Takes on a GET: https://connectrpc.com/docs/protocol#unary-get-request */
export function acceptConnectGet(
  request: HandlerRequest,
  setup: HandlerSetup,
  versionRequired: boolean,
): HandlerExchange | undefined {
  const query = parseGetQuery(request.query);
  const codec = setup.codecs.find((known) => known.name === (query.encoding ?? setup.codecs[0]?.name));
  // A codec that is not served is as unsupported in a query as in a content type (415).
  if (codec === undefined) return undefined;

  const table = compressionTable(setup.compressions);
  const compressed = isCompressed(query.compression);
  const requestCompression: Compression | undefined = compressed
    ? findCompression(table, query.compression as string)
    : undefined;
  const timeout = request.headers.get("connect-timeout-ms");
  const timeoutMs = timeout === null ? undefined : parseConnectTimeout(timeout);
  const payload = decodePayload(query);
  let error = queryError(query, versionRequired);
  if (error === undefined && payload === undefined) {
    error = new ConnectError("invalid_argument", "the query parameter message is not base64");
  } else if (error === undefined && compressed && requestCompression === undefined) {
    error = unknownRequestCompression(table, query.compression as string);
  } else if (error === undefined && timeout !== null && timeoutMs === undefined) {
    error = invalidHeader("Connect-Timeout-Ms", timeout, "1 to 10 digits");
  }
  return new ConnectGetHandlerExchange(
    codec,
    table.names,
    requestCompression,
    compressed,
    chooseCompression(table, requestCompression, request.headers.get("accept-encoding") ?? undefined),
    timeoutMs,
    error,
    payload ?? new Uint8Array(0),
  );
}

function queryError(query: ConnectGetQuery, versionRequired: boolean): ConnectError | undefined {
  const { connect, encoding, message } = query;
  if (connect === undefined ? versionRequired : connect !== "v1") {
    const found = connect === undefined ? "missing" : quote(connect);
    return new ConnectError("invalid_argument", `the query parameter connect is ${found}: set it to "v1"`);
  }
  if (encoding === undefined) return new ConnectError("invalid_argument", "the query parameter encoding is missing");
  if (message === undefined) return new ConnectError("invalid_argument", "the query parameter message is missing");
  return undefined;
}

function decodePayload(query: ConnectGetQuery): Uint8Array | undefined {
  const { message = "" } = query;
  if (query.base64 !== "1") return percentDecodeBytes(message, true);
  // Standard base64 has "+" too: here it is no space.
  return decodeBase64(percentDecode(message));
}

class ConnectGetHandlerExchange extends ConnectUnaryHandlerExchange {
  override appendCommon(list: string[]): void {
    super.appendCommon(list);
    // Caches must keep compressed and plain responses apart, and browsers that are led to the URL must not guess types.
    list.push("vary", "Accept-Encoding", "x-content-type-options", "nosniff");
  }

  override isGet(): boolean {
    return true;
  }
}
