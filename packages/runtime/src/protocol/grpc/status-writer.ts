// A file of its own: clients read a status, and their bundles write none.
import { codeNumber } from "../../error/code.js";
import type { ConnectError } from "../../error/connect-error.js";
import { encodeBase64Unpadded } from "../../http/base64.js";
import type { HeaderMap } from "../../http/header-map.js";
import { appendUserHeaders } from "../shared/header-fields.js";
import { percentEncode } from "../shared/percent.js";
import { writeStatusProto } from "./status-proto.js";

/** Appends status and trailers: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses */
export function appendStatus(list: string[], error: ConnectError | undefined, trailers: HeaderMap): void {
  if (error === undefined) {
    list.push("grpc-status", "0");
    appendUserHeaders(list, trailers);
    return;
  }
  const number = codeNumber(error.code);
  list.push("grpc-status", String(number));
  if (error.rawMessage !== "") list.push("grpc-message", percentEncode(error.rawMessage));
  if (error.details.length > 0) {
    const status = writeStatusProto(number, error.rawMessage, error.details);
    list.push("grpc-status-details-bin", encodeBase64Unpadded(status));
  }
  appendUserHeaders(list, trailers);
  appendUserHeaders(list, error.metadata);
}
