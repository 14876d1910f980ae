import { wordsOf } from "../../check-options.js";
import { ConnectError } from "../../error/connect-error.js";
import { HeaderMap } from "../../http/header-map.js";

/** The value of a header that may come in several fields, as RFC 9110 section 5.2 combines them. */
export function combineValues(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}

/** Headers and trailers together, in a map of its own: an error's metadata. */
export function joinHeaders(headers: HeaderMap | undefined, trailers: HeaderMap | undefined): HeaderMap {
  const joined = new HeaderMap(headers);
  // One by one: trailers in a body may be more than a call can take as arguments.
  if (trailers !== undefined) for (const item of trailers.list) joined.list.push(item);
  return joined;
}

const limit = 64;

/** Text of a peer, made fit for an error message: quoted, escaped and cut. */
export function quote(text: string): string {
  return JSON.stringify(text.slice(0, limit)) + (text.length > limit ? "..." : "");
}

/** A handler's answer to a protocol header that it cannot read. */
export function invalidHeader(name: string, value: string, expected: string): ConnectError {
  return new ConnectError("invalid_argument", `the header ${name} has the value ${quote(value)}, expected ${expected}`);
}

/**
 * What a protocol or HTTP itself decides, in both directions. The connection-specific ones are
 * malformed in HTTP/2 (RFC 9113 section 8.2.2).
 */
const reserved: ReadonlySet<string> = wordsOf(
  "accept-encoding connection content-encoding content-length content-type expect host http2-settings keep-alive " +
    "proxy-connection te trailer transfer-encoding upgrade",
);

/** Names with gRPC's prefix that are metadata all the same: those of retries (gRFC A6) and of tracing. */
const metadata: ReadonlySet<string> = wordsOf(
  "grpc-previous-rpc-attempts grpc-retry-pushback-ms grpc-tags-bin grpc-trace-bin",
);

/** Whether a header, by its lower-case name, is not the user's to set: HTTP's own, and all of `connect-` and `grpc-`. */
export function isReserved(name: string): boolean {
  if (reserved.has(name)) return true;
  return name.startsWith("connect-") || (name.startsWith("grpc-") && !metadata.has(name));
}

/** Appends a user's headers or trailers to a list of names and values, but for the reserved ones. */
export function appendUserHeaders(target: string[], source: HeaderMap, prefix = ""): void {
  const { list } = source;
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i] as string;
    if (!isReserved(name)) target.push(prefix === "" ? name : prefix + name, list[i + 1] as string);
  }
}
