import { ConnectError } from "../../error/connect-error.js";
import { HeaderMap } from "../../http/header-map.js";
import { mediaType } from "./content-type.js";
import { quote } from "./header-fields.js";

/**
 * Checks a response's content type: another codec of the protocol is `internal`, anything else `unknown`,
 * as a proxy's page would be.
 *
 * @param expected - what was asked for
 * @param alias - another name of the same
 * @param family - how all content types of the protocol begin
 */
export function checkContentType(
  headers: HeaderMap,
  expected: string,
  alias: string | undefined,
  family: string,
): ConnectError | undefined {
  const header = headers.get("content-type");
  if (header === expected) return undefined;
  const type = header === null ? "" : mediaType(header);
  if (type === expected || type === alias) return undefined;
  // gRPC's short form has no codec after it, and means proto.
  const known = type.startsWith(family) || `${type}+` === family;
  return ConnectError.remote(
    known ? "internal" : "unknown",
    header === null
      ? `the response has no content type, ${quote(expected)} was expected`
      : `the response has the content type ${quote(header)}, ${quote(expected)} was expected`,
    { metadata: new HeaderMap(headers) },
  );
}
