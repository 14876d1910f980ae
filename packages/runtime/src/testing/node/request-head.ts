// A file of its own: tests of all HTTP clients use it.
import { HeaderMap } from "../../http/header-map.js";
import type { HttpRequestHead } from "../../http/http-client.js";

/** The head of a POST without extra headers. */
export function requestTo(path: string, more: Partial<HttpRequestHead> = {}): HttpRequestHead {
  return { method: "POST", path, headers: new HeaderMap(), needsTrailers: false, needsFullDuplex: false, ...more };
}
