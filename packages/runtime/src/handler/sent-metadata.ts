import { ConnectError } from "../error/connect-error.js";
import type { HeaderMap } from "../http/header-map.js";
import { fieldBytes, headerBytes } from "../http/header-size.js";

/** What a status may add to metadata in a head or trailers, by its text and its details, in bytes. */
const maxStatusBytes = 7168;
/** What `:status` counts in a head. */
const statusBytes = fieldBytes([":status", "200"], 0);

/** An RPC's options. */
export interface MetadataLimits {
  readonly sendMaxHeaderBytes: number;
  readonly sendMaxHeaderPairs: number;
}

/**
 * What is wrong with the metadata of a response, all of it together: `undefined` when nothing is. Checked here, where the
 * response is made, so that it is the same over every protocol and HTTP version, and whoever runs the server hears of it.
 */
export function metadataExcess(
  { sendMaxHeaderBytes: maxBytes, sendMaxHeaderPairs: maxPairs }: MetadataLimits,
  headers: HeaderMap | undefined,
  trailers: HeaderMap | undefined,
  error: ConnectError | undefined,
): ConnectError | undefined {
  const metadata = error === undefined ? undefined : metadataOf(error);
  let pairs = 0;
  let bytes = 0;
  for (const map of [headers, trailers, metadata]) {
    if (map === undefined) continue;
    pairs += map.list.length / 2;
    bytes += headerBytes(map.list);
  }
  if (bytes <= maxBytes && pairs <= maxPairs) return undefined;
  const all = [headers, trailers, metadata].flatMap((map) => map?.list ?? []);
  const what =
    bytes > maxBytes
      ? `${bytes} bytes of metadata, and ${maxBytes} are allowed (sendMaxHeaderBytes)`
      : `${pairs} fields of metadata, and ${maxPairs} are allowed (sendMaxHeaderPairs)`;
  return tooLarge(what, all, error);
}

/**
 * The same for a head or trailers as they go out: a status may have a long text and many details.
 *
 * @param most - so many bytes the client takes, as far as it has said so
 * @param added - so many are added to these
 */
export function blockExcess(
  { sendMaxHeaderBytes }: MetadataLimits,
  most: number | undefined,
  block: HeaderMap | undefined,
  error: ConnectError | undefined,
  added = 0,
): ConnectError | undefined {
  if (block === undefined) return undefined;
  const maxBlockBytes = sendMaxHeaderBytes + maxStatusBytes;
  const bytes = headerBytes(block.list);
  if (bytes > maxBlockBytes)
    return tooLarge(`${bytes} bytes of headers or trailers, and ${maxBlockBytes} are allowed`, block.list, error);
  const withStatus = bytes + statusBytes + added;
  if (most === undefined || withStatus <= most) return undefined;
  return tooLarge(`${withStatus} bytes of headers or trailers, and the client takes ${most}`, block.list, error);
}

function tooLarge(what: string, list: readonly string[], cause: ConnectError | undefined): ConnectError {
  let largest = 0;
  for (let i = 2; i < list.length; i += 2) if (fieldBytes(list, i) > fieldBytes(list, largest)) largest = i;
  const field = `the largest field, ${JSON.stringify(list[largest])}, has ${fieldBytes(list, largest)} bytes`;
  return new ConnectError("resource_exhausted", `the response has ${what}: ${field}`, { cause });
}

/** An error may have members that are not what they should be. */
function metadataOf({ metadata }: ConnectError): HeaderMap | undefined {
  return Array.isArray((metadata as HeaderMap | undefined)?.list) ? metadata : undefined;
}
