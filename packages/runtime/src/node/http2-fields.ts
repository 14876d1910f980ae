// Clients and servers send and receive fields alike.
import { HeaderMap } from "../http/header-map.js";
import { connectionFields } from "../http2/head.js";

/**
 * Headers that belong to one HTTP/1.1 connection and that HTTP/2 forbids; `node:http2` throws on them. A handler may set them
 * without knowing what its client speaks: they are left out.
 */
export const connectionHeaders: ReadonlySet<string> = new Set([...connectionFields, "http2-settings"]);

/** Adds headers to a list of the engine. */
export function addFields(fields: string[], { list }: HeaderMap): void {
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i] as string;
    if (!connectionHeaders.has(name)) fields.push(name, list[i + 1] as string);
  }
}

/** A map of what the engine delivered, whose lists may be shared. */
export function headersOf(list: readonly string[]): HeaderMap {
  const headers = new HeaderMap();
  for (let i = 0; i < list.length; i++) headers.list.push(list[i] as string);
  return headers;
}
