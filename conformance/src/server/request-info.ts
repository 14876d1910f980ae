// A file of its own: the handlers of all kinds use it.
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import type { HandlerContext } from "@connect-ts/runtime";
import type { ConformancePayload_RequestInfoInit } from "#gen/connectrpc/conformance/v1/service_init.js";
import { protoHeaders } from "../headers.js";

export function anysOf<Desc extends DescMessage>(schema: Desc, messages: readonly MessageShape<Desc>[]): Any[] {
  return messages.map((message) => anyPack(schema, message));
}

/** What a handler has seen of its call. */
export function requestInfo(context: HandlerContext, requests: Any[]): ConformancePayload_RequestInfoInit {
  const info: ConformancePayload_RequestInfoInit = { requestHeaders: protoHeaders(context.requestHeaders), requests };
  const timeoutMs = context.timeoutMs();
  if (timeoutMs !== undefined) info.timeoutMs = BigInt(Math.round(timeoutMs));
  if (context.httpMethod === "GET") {
    const query = context.peer.query ?? new URLSearchParams();
    info.connectGetInfo = { queryParams: Array.from(query, ([name, value]) => ({ name, value: [value] })) };
  }
  return info;
}
