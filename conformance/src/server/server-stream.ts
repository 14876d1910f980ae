import type { HandlerContext } from "@connect-ts/runtime";
import type { ServerStreamResponseInit } from "#gen/connectrpc/conformance/v1/service_init.js";
import {
  ConformancePayload_RequestInfoSchema,
  type ServerStreamRequest,
  ServerStreamRequestSchema,
} from "#gen/connectrpc/conformance/v1/service_pb.js";
import { wait } from "#platform";
import { connectError } from "../errors.js";
import { addMetadata } from "./metadata.js";
import { anysOf, requestInfo } from "./request-info.js";

export async function* serverStream(
  request: ServerStreamRequest,
  context: HandlerContext,
): AsyncGenerator<ServerStreamResponseInit, undefined, undefined> {
  const definition = request.responseDefinition;
  if (definition === undefined) return;
  const { responseData, responseDelayMs, error } = definition;
  const info = requestInfo(context, anysOf(ServerStreamRequestSchema, [request]));
  addMetadata(context, definition);
  if (responseData.length > 0) context.sendHeaders();
  let sent = 0;
  for (const data of responseData) {
    if (responseDelayMs > 0) await wait(responseDelayMs, undefined, { signal: context.signal });
    yield { payload: sent === 0 ? { data, requestInfo: info } : { data } };
    sent++;
  }
  if (error === undefined) return;
  const thrown = connectError(error);
  throw sent === 0 ? thrown.addDetail(ConformancePayload_RequestInfoSchema, info) : thrown;
}
