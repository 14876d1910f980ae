import type { HandlerContext } from "@connect-ts/runtime";
import { UnimplementedConformanceServiceHandler } from "#gen/connectrpc/conformance/v1/service_connect.js";
import type {
  BidiStreamResponseInit,
  ClientStreamResponseInit,
  IdempotentUnaryResponseInit,
  ServerStreamResponseInit,
  UnaryResponseInit,
} from "#gen/connectrpc/conformance/v1/service_init.js";
import {
  type BidiStreamRequest,
  type ClientStreamRequest,
  ClientStreamRequestSchema,
  type IdempotentUnaryRequest,
  IdempotentUnaryRequestSchema,
  type ServerStreamRequest,
  type UnaryRequest,
  UnaryRequestSchema,
} from "#gen/connectrpc/conformance/v1/service_pb.js";
import { bidiStream } from "./bidi-stream.js";
import { anysOf } from "./request-info.js";
import { serverStream } from "./server-stream.js";
import { singlePayload } from "./single-payload.js";

/** The service of the suite: requests say what is to be answered. */
export class Conformance extends UnimplementedConformanceServiceHandler {
  override async unary(request: UnaryRequest, context: HandlerContext): Promise<UnaryResponseInit> {
    const { responseDefinition } = request;
    return { payload: await singlePayload(responseDefinition, anysOf(UnaryRequestSchema, [request]), context) };
  }

  override async idempotentUnary(
    request: IdempotentUnaryRequest,
    context: HandlerContext,
  ): Promise<IdempotentUnaryResponseInit> {
    const { responseDefinition } = request;
    const requests = anysOf(IdempotentUnaryRequestSchema, [request]);
    return { payload: await singlePayload(responseDefinition, requests, context) };
  }

  override async clientStream(
    requests: AsyncIterable<ClientStreamRequest>,
    context: HandlerContext,
  ): Promise<ClientStreamResponseInit> {
    const seen: ClientStreamRequest[] = [];
    for await (const request of requests) seen.push(request);
    const definition = seen[0]?.responseDefinition;
    return { payload: await singlePayload(definition, anysOf(ClientStreamRequestSchema, seen), context) };
  }

  override serverStream(
    request: ServerStreamRequest,
    context: HandlerContext,
  ): AsyncIterable<ServerStreamResponseInit> {
    return serverStream(request, context);
  }

  override bidiStream(
    requests: AsyncIterable<BidiStreamRequest>,
    context: HandlerContext,
  ): AsyncIterable<BidiStreamResponseInit> {
    return bidiStream(requests, context);
  }
}
