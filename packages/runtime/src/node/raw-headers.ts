import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import { type HeaderMap, headersFromRaw } from "../http/header-map.js";
import { connectionHeaders } from "./http2-fields.js";

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
 * Makes an empty object for headers, without the methods and the `__proto__` of other objects: names come from the wire
 * and from users. With `null` itself as prototype V8 would keep the names in a hash table, and `node:http2` takes three
 * times as long over that.
 */
export const OutgoingHeaders: new () => OutgoingHttpHeaders = class {} as never;
Object.setPrototypeOf(OutgoingHeaders.prototype, null);
Reflect.deleteProperty(OutgoingHeaders.prototype, "constructor");

/** Headers that say more with each value: what middleware has set stays beside ours. */
export const addedUp: ReadonlySet<string> = new Set(["set-cookie", "vary"]);

/** Adds what middleware has set on a response object, but for what the response itself says. */
export function addSetBefore(target: OutgoingHttpHeaders, before: OutgoingHttpHeaders, headers: HeaderMap): void {
  for (const name of Object.keys(before)) {
    const value = before[name];
    if (value === undefined || connectionHeaders.has(name) || (headers.has(name) && !addedUp.has(name))) continue;
    target[name] = Array.isArray(value) ? [...value] : String(value);
  }
}

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

/**
 * Sends fields. `node:http2` throws when a field that it takes once has several values, and does not tell which those are: all
 * values are joined then, as RFC 9110 section 5.3 lets anybody do.
 */
export function sendJoined(fields: OutgoingHttpHeaders, send: (fields: OutgoingHttpHeaders) => void): void {
  try {
    send(fields);
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== "ERR_HTTP2_HEADER_SINGLE_VALUE") throw error;
    for (const name of Object.keys(fields)) {
      const values = fields[name];
      if (Array.isArray(values) && name !== "set-cookie") fields[name] = values.join(name === "cookie" ? "; " : ", ");
    }
    send(fields);
  }
}
