import { codeFromNumber } from "../../error/code.js";
import { ConnectError } from "../../error/connect-error.js";
import { decodeBase64 } from "../../http/base64.js";
import { HeaderMap } from "../../http/header-map.js";
import type { CallEnd } from "../protocol.js";
import { isReserved, joinHeaders, quote } from "../shared/header-fields.js";
import { percentDecode } from "../shared/percent.js";
import { readStatusProto } from "./status-proto.js";

/**
 * Reads the status out of a response's trailers.
 *
 * @param headers - the response's, which an error carries too
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses
 */
export function endFromTrailers(received: HeaderMap, headers: HeaderMap | undefined): CallEnd {
  const { list } = received;
  const trailers = new HeaderMap();
  let status: string | undefined;
  let message = "";
  let details: string | undefined;
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i] as string;
    const value = list[i + 1] as string;
    if (name === "grpc-status") status ??= value;
    else if (name === "grpc-message") message = value;
    else if (name === "grpc-status-details-bin") details = value;
    else trailers.list.push(name, value);
  }
  if (status === "0") return { error: undefined, trailers };
  return { error: errorFromStatus(status, message, details, joinHeaders(headers, trailers)), trailers };
}

/**
 * Reads the status of a response whose only head has it ("trailers-only"). The caller sees the rest of
 * the head as trailers, without what is HTTP's own.
 */
export function endFromHeaders(headers: HeaderMap): CallEnd {
  const { list } = headers;
  const trailers = new HeaderMap();
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i] as string;
    if (isStatusField(name) || !isReserved(name)) trailers.list.push(name, list[i + 1] as string);
  }
  return endFromTrailers(trailers, undefined);
}

function isStatusField(name: string): boolean {
  return name === "grpc-status" || name === "grpc-message" || name === "grpc-status-details-bin";
}

function errorFromStatus(
  status: string | undefined,
  message: string,
  details: string | undefined,
  metadata: HeaderMap,
): ConnectError | undefined {
  if (status === undefined) {
    return ConnectError.remote("unknown", "the response's trailers have no grpc-status", { metadata });
  }
  if (!/^[0-9]{1,10}$/.test(status)) {
    return ConnectError.remote("unknown", `the response's grpc-status ${quote(status)} is not a number`, { metadata });
  }
  const number = Number(status);
  if (number === 0) return undefined;
  // Proxies rewrite headers more often than what is inside them: the message wins over the headers.
  const proto = details === undefined ? undefined : decodeDetails(details);
  const [code, text] =
    proto === undefined || proto.code === 0 ? [number, percentDecode(message)] : [proto.code, proto.message];
  return ConnectError.remote(codeFromNumber(code) ?? "unknown", text, { metadata, details: proto?.details });
}

function decodeDetails(header: string): ReturnType<typeof readStatusProto> {
  const comma = header.indexOf(",");
  const bytes = decodeBase64((comma === -1 ? header : header.slice(0, comma)).trim());
  return bytes === undefined ? undefined : readStatusProto(bytes);
}
