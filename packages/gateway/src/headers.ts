import { HeaderMap } from "@connect-ts/runtime";

/** What holds for one connection or one hop (RFC 9110 section 7.6.1), or is said anew by the gateway. */
const notRequests: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "via",
  "x-forwarded-for",
  "x-server-timeout",
]);

/** Of responses. What pages of other origins may do is the gateway's own policy. */
const notResponses: ReadonlySet<string> = new Set([
  "alt-svc",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "date",
  "keep-alive",
  "proxy-authenticate",
  "proxy-connection",
  "server",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Names that are a protocol's, and not a caller's. */
function isProtocol(name: string): boolean {
  const isMetadata = /^grpc-(tags-bin|trace-bin|previous-rpc-attempts|retry-pushback-ms)$/.test(name);
  return name.startsWith("connect-") || (name.startsWith("grpc-") && !isMetadata);
}

/** The headers of the call that is made upstream. */
export function requestHeaders(from: HeaderMap, address: string, pseudonym: string): HeaderMap {
  const headers = passed(from, notRequests);
  headers.set("via", joined(from.get("via"), pseudonym));
  headers.set("x-forwarded-for", joined(from.get("x-forwarded-for"), address));
  return headers;
}

/** Adds the headers or trailers of the upstream's response to those of the gateway's. */
export function passResponse(from: HeaderMap, to: HeaderMap): void {
  for (const [name, value] of passed(from, notResponses)) {
    if (!name.startsWith("access-control-")) to.append(name, value);
  }
}

function passed(from: HeaderMap, without: ReadonlySet<string>): HeaderMap {
  const ofConnection = new Set((from.get("connection") ?? "").split(",").map((name) => name.trim().toLowerCase()));
  const headers = new HeaderMap();
  for (const [name, value] of from) {
    if (!without.has(name) && !ofConnection.has(name) && !isProtocol(name)) headers.append(name, value);
  }
  return headers;
}

function joined(before: string | null, value: string): string {
  return before === null || before === "" ? value : `${before}, ${value}`;
}

/** Whether a call came by a proxy of this name before (RFC 9110 section 7.6.3). */
export function cameBy(headers: HeaderMap, pseudonym: string): boolean {
  return (headers.get("via") ?? "").split(",").some((one) => one.trim() === pseudonym);
}
