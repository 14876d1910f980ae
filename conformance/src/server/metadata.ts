// A file of its own: the handlers of all kinds use it.
import type { HandlerContext } from "@connect-ts/runtime";
import type { Header } from "#gen/connectrpc/conformance/v1/service_pb.js";
import { pairsOf } from "../headers.js";

interface Metadata {
  readonly responseHeaders: readonly Header[];
  readonly responseTrailers: readonly Header[];
}

/** Adds the headers and trailers that a request asks for. */
export function addMetadata(context: HandlerContext, { responseHeaders, responseTrailers }: Metadata): void {
  for (const [name, value] of pairsOf(responseHeaders)) context.responseHeaders.append(name, value);
  for (const [name, value] of pairsOf(responseTrailers)) context.responseTrailers.append(name, value);
}
