// A file of its own: the client's and the server's program use it.
import type { HeaderMap } from "@connect-ts/runtime";
import type { HeaderInit } from "#gen/connectrpc/conformance/v1/service_init.js";
import type { Header } from "#gen/connectrpc/conformance/v1/service_pb.js";

/** What the runner asks to send, as pairs. */
export function pairsOf(headers: readonly Header[]): [string, string][] {
  return headers.flatMap(({ name, value }) => value.map((one): [string, string] => [name, one]));
}

/** What came, for the runner. */
export function protoHeaders(headers: HeaderMap): HeaderInit[] {
  return Array.from(headers.keys(), (name) => ({ name, value: headers.getAll(name) }));
}
