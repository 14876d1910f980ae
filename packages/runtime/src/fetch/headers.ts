// A file of its own: client and handler convert headers alike.
import { HeaderMap } from "../http/header-map.js";

/** The platform's headers as a light map. */
export function fromPlatformHeaders(headers: Headers): HeaderMap {
  const map = new HeaderMap();
  // The platform has checked and lower-cased them.
  headers.forEach((value, name) => {
    map.list.push(name, value);
  });
  return map;
}

/** Headers in a form that `fetch`, `Request` and `Response` take; repeated names stay apart, for `set-cookie`. */
export function toPlatformHeaders(headers: HeaderMap, without?: ReadonlySet<string>): [string, string][] {
  const { list } = headers;
  const pairs: [string, string][] = [];
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i] as string;
    if (without?.has(name) !== true) pairs.push([name, list[i + 1] as string]);
  }
  return pairs;
}
