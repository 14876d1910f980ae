import type { HandlerContext } from "@connect-ts/runtime";
import type { BidiStreamResponseInit } from "#gen/connectrpc/conformance/v1/service_init.js";
import {
  type BidiStreamRequest,
  BidiStreamRequestSchema,
  ConformancePayload_RequestInfoSchema,
  type StreamResponseDefinition,
} from "#gen/connectrpc/conformance/v1/service_pb.js";
import { wait } from "#platform";
import { connectError } from "../errors.js";
import { addMetadata } from "./metadata.js";
import { anysOf, requestInfo } from "./request-info.js";

export async function* bidiStream(
  requests: AsyncIterable<BidiStreamRequest>,
  context: HandlerContext,
): AsyncGenerator<BidiStreamResponseInit, undefined, undefined> {
  let definition: StreamResponseDefinition | undefined;
  let first: BidiStreamRequest | undefined;
  let sent = 0;
  /** The requests that no response has told of. */
  let seen: BidiStreamRequest[] = [];

  async function* respond(): AsyncGenerator<BidiStreamResponseInit, undefined, undefined> {
    if (definition === undefined) return;
    const { responseData, responseDelayMs } = definition;
    const data = responseData[sent];
    if (data === undefined) return;
    const anys = anysOf(BidiStreamRequestSchema, seen);
    const told = sent === 0 ? requestInfo(context, anys) : { requests: anys };
    if (responseDelayMs > 0) await wait(responseDelayMs, undefined, { signal: context.signal });
    yield { payload: anys.length === 0 && sent > 0 ? { data } : { data, requestInfo: told } };
    sent++;
    seen = [];
  }

  for await (const request of requests) {
    seen.push(request);
    if (first === undefined) {
      first = request;
      definition = request.responseDefinition;
      if (definition !== undefined) {
        addMetadata(context, definition);
        if (first.fullDuplex && definition.responseData.length > 0) context.sendHeaders();
      }
    }
    if (!first.fullDuplex) continue;
    if (sent >= (definition?.responseData.length ?? 0)) break;
    yield* respond();
  }
  if (definition === undefined) return;
  if (first?.fullDuplex === false && definition.responseData.length > 0) context.sendHeaders();
  while (sent < definition.responseData.length) yield* respond();
  if (definition.error === undefined) return;
  const thrown = connectError(definition.error);
  if (sent > 0) throw thrown;
  const info = requestInfo(context, anysOf(BidiStreamRequestSchema, seen));
  throw thrown.addDetail(ConformancePayload_RequestInfoSchema, info);
}
