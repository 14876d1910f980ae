import { ConnectError } from "../../error/connect-error.js";
import type { Compression } from "../../framing/compression.js";
import { HeaderMap } from "../../http/header-map.js";
import { quote } from "./header-fields.js";

/** A list of compressions, ready for look-ups. */
export interface CompressionTable {
  /** The names as they stand in an accept-encoding header; empty when there are none. */
  readonly names: string;
  readonly byName: ReadonlyMap<string, Compression>;
  /** The last accept-encoding that was negotiated, and its outcome: clients of one kind send the same. */
  lastAccept: string | undefined;
  lastChoice: Compression | undefined;
}

const tables = new WeakMap<readonly Compression[], CompressionTable>();

/** The table of a list, made once. */
export function compressionTable(list: readonly Compression[]): CompressionTable {
  let table = tables.get(list);
  if (table === undefined) {
    table = {
      names: list.map((compression) => compression.name).join(","),
      byName: new Map(list.map((compression) => [compression.name, compression])),
      lastAccept: undefined,
      lastChoice: undefined,
    };
    tables.set(list, table);
  }
  return table;
}

/** Whether an encoding header says that something is compressed. */
export function isCompressed(encoding: string | undefined): encoding is string {
  return encoding !== undefined && encoding !== "identity" && encoding !== "";
}

/** The compression of a name; `undefined` for one that is not in the table. */
export function findCompression(table: CompressionTable, encoding: string): Compression | undefined {
  // Content codings are case-insensitive (RFC 9110 section 8.4.1).
  return table.byName.get(encoding) ?? table.byName.get(encoding.trim().toLowerCase());
}

/**
 * What to compress a response with: as the request was, if the client takes that; otherwise the first
 * that the client lists and this side has. A client that lists nothing takes what it sent.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/compression.md
 */
export function chooseCompression(
  table: CompressionTable,
  request: Compression | undefined,
  accept: string | undefined,
): Compression | undefined {
  if (accept === undefined) return request;
  if (table.names === "") return undefined;
  if (request === undefined && accept === table.lastAccept) return table.lastChoice;
  let first: Compression | undefined;
  for (const item of accept.split(",")) {
    const compression = acceptedItem(table, item);
    if (compression === undefined) continue;
    if (compression === request) return request;
    first ??= compression;
  }
  if (request === undefined) {
    table.lastAccept = accept;
    table.lastChoice = first;
  }
  return first;
}

/** One item of an accept-encoding; weights rank nothing here, but 0 refuses (RFC 9110 section 12.4.2). */
function acceptedItem(table: CompressionTable, item: string): Compression | undefined {
  const semicolon = item.indexOf(";");
  if (semicolon === -1) return findCompression(table, item);
  const weight = item
    .slice(semicolon + 1)
    .replaceAll(" ", "")
    .toLowerCase();
  if (weight.startsWith("q=") && Number(weight.slice(2)) === 0) return undefined;
  return findCompression(table, item.slice(0, semicolon));
}

/**
 * The compression of a response: one that the client accepts, or the one that it sends, with which servers may answer unasked.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/compression.md
 */
export function responseCompression(
  accepted: CompressionTable,
  sent: Compression | undefined,
  encoding: string,
): Compression | undefined {
  return findCompression(accepted, encoding) ?? (sent?.name === encoding ? sent : undefined);
}

/** A handler's answer to a request that it cannot decompress. */
export function unknownRequestCompression(table: CompressionTable, encoding: string): ConnectError {
  return new ConnectError("unimplemented", `unknown compression ${quote(encoding)}: supported are ${listed(table)}`);
}

/** A client's view of a response that it cannot decompress. */
export function unknownResponseCompression(
  table: CompressionTable,
  encoding: string,
  headers: HeaderMap,
): ConnectError {
  return ConnectError.remote(
    "internal",
    `the response has the unknown compression ${quote(encoding)}: this client accepts ${listed(table)}`,
    { metadata: new HeaderMap(headers) },
  );
}

function listed(table: CompressionTable): string {
  return table.names === "" ? "identity" : `identity,${table.names}`;
}
