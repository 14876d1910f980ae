import { HeaderMap } from "../../http/header-map.js";

/** Headers and trailers together, in a map of its own: an error's metadata. */
export function joinHeaders(headers: HeaderMap | undefined, trailers: HeaderMap | undefined): HeaderMap {
  const joined = new HeaderMap(headers);
  // One by one: trailers in a body may be more than a call can take as arguments.
  if (trailers !== undefined) for (const item of trailers.list) joined.list.push(item);
  return joined;
}
