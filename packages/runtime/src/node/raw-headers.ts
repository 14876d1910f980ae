import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import { type HeaderMap, headersFromRaw } from "../http/header-map.js";

/**
 * Headers as `node:http2` gives them: the raw list where the platform has one, which keeps order and
 * repeated names, and else what can be read of the object.
 */
export function incoming(headers: IncomingHttpHeaders, raw: readonly string[] | undefined): HeaderMap {
  return headersFromRaw(raw ?? flatten(headers));
}

/** Deno and Bun give no raw list. */
function flatten(headers: IncomingHttpHeaders): string[] {
  const list: string[] = [];
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value === undefined) continue;
    if (Array.isArray(value)) for (const one of value) list.push(name, one);
    else list.push(name, String(value));
  }
  return list;
}

/**
 * Headers that belong to one HTTP/1.1 connection and are illegal in HTTP/2 (RFC 9113 section 8.2.2), where
 * `node:http2` throws on them. A handler may set them without knowing what its client speaks.
 */
const connectionHeaders: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

/**
 * Makes an empty object for headers, without the methods and the `__proto__` of other objects: names come from the wire
 * and from users. With `null` itself as prototype V8 would keep the names in a hash table, and `node:http2` takes three
 * times as long over that.
 */
export const OutgoingHeaders: new () => OutgoingHttpHeaders = class {} as never;
Object.setPrototypeOf(OutgoingHeaders.prototype, null);
Reflect.deleteProperty(OutgoingHeaders.prototype, "constructor");

/**
 * Adds headers to an object as `node:http2` wants it.
 *
 * @param target - an {@link OutgoingHeaders}
 */
export function addOutgoing(target: OutgoingHttpHeaders, headers: HeaderMap): void {
  const { list } = headers;
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i] as string;
    const value = list[i + 1] as string;
    if (connectionHeaders.has(name)) continue;
    const known = target[name];
    if (known === undefined) target[name] = value;
    else if (Array.isArray(known)) known.push(value);
    else target[name] = [String(known), value];
  }
}
