import type { HeaderMap } from "../../http/header-map.js";

/**
 * What a protocol or HTTP itself decides, in both directions. The connection-specific ones are
 * malformed in HTTP/2 (RFC 9113 section 8.2.2).
 */
const reserved: ReadonlySet<string> = new Set([
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Names with gRPC's prefix that are metadata all the same: those of retries (gRFC A6) and of tracing. */
const metadata: ReadonlySet<string> = new Set([
  "grpc-previous-rpc-attempts",
  "grpc-retry-pushback-ms",
  "grpc-tags-bin",
  "grpc-trace-bin",
]);

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
