import type { HeaderMap } from "../../http/header-map.js";

/**
 * Appends what a peer wrote into a body as a header. What could not stand in an HTTP header is left
 * out: it would become one as soon as somebody passes the metadata on.
 */
export function appendLenient(headers: HeaderMap, name: string, value: string): void {
  try {
    headers.append(name, value);
  } catch {
    // Metadata is advice: what is malformed must not hide the result of the call.
  }
}
