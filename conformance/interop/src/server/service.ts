import { setTimeout } from "node:timers/promises";
import { ConnectError, codeFromNumber, type HandlerContext } from "@connect-ts/runtime";
import type {
  PayloadInit,
  SimpleResponseInit,
  StreamingInputCallResponseInit,
  StreamingOutputCallResponseInit,
} from "#gen/grpc/testing/messages_init.js";
import {
  type BoolValue,
  type EchoStatus,
  PayloadType,
  type SimpleRequest,
  type StreamingInputCallRequest,
  type StreamingOutputCallRequest,
} from "#gen/grpc/testing/messages_pb.js";
import { UnimplementedTestServiceHandler } from "#gen/grpc/testing/test_connect.js";
import { zeros } from "../payload.js";

/** The service of gRPC's interop tests. Its `UnimplementedCall` is left to the base class. */
export class InteropService extends UnimplementedTestServiceHandler {
  override async emptyCall(): Promise<Record<string, never>> {
    return {};
  }

  override async unaryCall(request: SimpleRequest, context: HandlerContext): Promise<SimpleResponseInit> {
    checkCompressed(request.expectCompressed, context);
    echoMetadata(context);
    checkStatus(request.responseStatus);
    context.compress = request.responseCompressed?.value;
    return { payload: payload(request.responseType, request.responseSize) };
  }

  override async cacheableUnaryCall(_request: SimpleRequest, context: HandlerContext): Promise<SimpleResponseInit> {
    context.responseHeaders.set("cache-control", "max-age=60, public");
    // Another one each time, so that a cached response can be told.
    return { payload: { body: new TextEncoder().encode(String(process.hrtime.bigint())) } };
  }

  override async streamingInputCall(
    requests: AsyncIterable<StreamingInputCallRequest>,
    context: HandlerContext,
  ): Promise<StreamingInputCallResponseInit> {
    let aggregatedPayloadSize = 0;
    for await (const { payload, expectCompressed } of requests) {
      checkCompressed(expectCompressed, context);
      aggregatedPayloadSize += payload?.body.length ?? 0;
    }
    return { aggregatedPayloadSize };
  }

  override async *streamingOutputCall(
    request: StreamingOutputCallRequest,
    context: HandlerContext,
  ): AsyncGenerator<StreamingOutputCallResponseInit, undefined, undefined> {
    echoMetadata(context);
    yield* responses(request, context);
  }

  override async *fullDuplexCall(
    requests: AsyncIterable<StreamingOutputCallRequest>,
    context: HandlerContext,
  ): AsyncGenerator<StreamingOutputCallResponseInit, undefined, undefined> {
    echoMetadata(context);
    for await (const request of requests) yield* responses(request, context);
  }

  override async *halfDuplexCall(
    requests: AsyncIterable<StreamingOutputCallRequest>,
    context: HandlerContext,
  ): AsyncGenerator<StreamingOutputCallResponseInit, undefined, undefined> {
    const all: StreamingOutputCallRequest[] = [];
    for await (const request of requests) all.push(request);
    for (const request of all) yield* responses(request, context);
  }
}

async function* responses(
  request: StreamingOutputCallRequest,
  context: HandlerContext,
): AsyncGenerator<StreamingOutputCallResponseInit, undefined, undefined> {
  checkStatus(request.responseStatus);
  for (const { size, intervalUs, compressed } of request.responseParameters) {
    if (intervalUs > 0) await setTimeout(intervalUs / 1000, undefined, { signal: context.signal });
    context.compress = compressed?.value;
    yield { payload: payload(request.responseType, size) };
  }
}

function payload(type: PayloadType, size: number): PayloadInit {
  if (type !== PayloadType.COMPRESSABLE) throw new ConnectError("invalid_argument", `no payload type ${type} here`);
  if (size < 0) throw new ConnectError("invalid_argument", `no payload has ${size} bytes`);
  return zeros(size);
}

function checkCompressed(expected: BoolValue | undefined, { requestCompressed }: HandlerContext): void {
  if (expected === undefined || expected.value === requestCompressed) return;
  throw new ConnectError("invalid_argument", `the request came ${requestCompressed ? "" : "un"}compressed`);
}

function checkStatus(status: EchoStatus | undefined): void {
  if (status === undefined || status.code === 0) return;
  throw new ConnectError(codeFromNumber(status.code) ?? "unknown", status.message);
}

function echoMetadata({ requestHeaders, responseHeaders, responseTrailers }: HandlerContext): void {
  const initial = requestHeaders.get("x-grpc-test-echo-initial");
  if (initial !== null) responseHeaders.set("x-grpc-test-echo-initial", initial);
  const trailing = requestHeaders.getBinary("x-grpc-test-echo-trailing-bin");
  if (trailing !== null) responseTrailers.setBinary("x-grpc-test-echo-trailing-bin", trailing);
}
