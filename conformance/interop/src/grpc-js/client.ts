import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import { compressionAlgorithms, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { EmptySchema } from "#gen/grpc/testing/empty_pb.js";
import type { BoolValueInit } from "#gen/grpc/testing/messages_init.js";
import {
  type SimpleRequest,
  SimpleRequestSchema,
  type SimpleResponse,
  StreamingInputCallRequestSchema,
  type StreamingInputCallResponse,
  StreamingOutputCallRequestSchema,
  type StreamingOutputCallResponse,
} from "#gen/grpc/testing/messages_pb.js";
import { readArguments } from "../arguments.js";
import { expectZeros } from "../client/expect.js";
import { zeros } from "../payload.js";
import { connect, type TestClient, type UnaryResponse, unary, uncompressed } from "./channel.js";

const flags = readArguments({
  server_host: "localhost",
  server_host_override: "",
  server_port: "8080",
  test_case: "",
  use_tls: "false",
  ca_file: "",
  soak_iterations: "10",
});
const client = connect(flags, "TestService");
const largeResponseBytes = 314_159;
const requestSizes = [27_182, 8, 1_828, 45_904];
const responseSizes = [31_415, 9, 2_653, 58_979];

async function expectStatus(call: Promise<unknown>, code: status, details?: string): Promise<void> {
  const error = await call.then(
    () => assert.fail(`the call ended well, and ${status[code]} was expected`),
    (reason: ServiceError) => reason,
  );
  assert.equal(error.code, code, error.message);
  if (details !== undefined) assert.equal(error.details, details);
}

function largeRequest(expectCompressed?: BoolValueInit): SimpleRequest {
  const init = { responseSize: largeResponseBytes, payload: zeros(271_828) };
  return create(SimpleRequestSchema, expectCompressed === undefined ? init : { ...init, expectCompressed });
}

async function largeUnary(over: TestClient = client, metadata?: Metadata): Promise<UnaryResponse<SimpleResponse>> {
  const response = await unary(over, over.unaryCall, largeRequest(), metadata === undefined ? {} : { metadata });
  expectZeros(response.message.payload, largeResponseBytes);
  return response;
}

async function collect(stream: AsyncIterable<unknown>): Promise<StreamingOutputCallResponse[]> {
  const messages: StreamingOutputCallResponse[] = [];
  for await (const message of stream) messages.push(message as StreamingOutputCallResponse);
  return messages;
}

/** A client-streaming call of these requests. */
function upload(
  over: TestClient,
  requests: readonly { readonly size: number; readonly expectCompressed?: BoolValueInit }[],
  options: Parameters<TestClient["streamingInputCall"]>[0] = {},
): Promise<StreamingInputCallResponse> {
  return new Promise((resolve, reject) => {
    const call = over.streamingInputCall(options, (error, response) => {
      if (error !== null) reject(error);
      else if (response !== undefined) resolve(response);
    });
    for (const { size, ...rest } of requests) {
      call.write(create(StreamingInputCallRequestSchema, { payload: zeros(size), ...rest }));
    }
    call.end();
  });
}

async function pingPong(): Promise<void> {
  const call = client.fullDuplexCall(new Metadata(), {});
  const responses = call[Symbol.asyncIterator]();
  for (const [index, size] of responseSizes.entries()) {
    const payload = zeros(requestSizes[index] as number);
    call.write(create(StreamingOutputCallRequestSchema, { responseParameters: [{ size }], payload }));
    expectZeros((await responses.next()).value?.payload, size);
  }
  call.end();
  assert.equal((await responses.next()).done, true);
}

async function serverStreaming(): Promise<void> {
  const responseParameters = responseSizes.map((size) => ({ size }));
  const request = create(StreamingOutputCallRequestSchema, { responseParameters });
  const responses = await collect(client.streamingOutputCall(request));
  assert.equal(responses.length, responseSizes.length);
  for (const [index, { payload }] of responses.entries()) expectZeros(payload, responseSizes[index] as number);
}

async function customMetadata(): Promise<void> {
  const metadata = new Metadata();
  metadata.set("x-grpc-test-echo-initial", "test_initial_metadata_value");
  metadata.set("x-grpc-test-echo-trailing-bin", Buffer.of(0xab, 0xab, 0xab));
  const expectEcho = (headers: Metadata | undefined, trailers: Metadata | undefined): void => {
    assert.deepEqual(headers?.get("x-grpc-test-echo-initial"), ["test_initial_metadata_value"]);
    assert.deepEqual(trailers?.get("x-grpc-test-echo-trailing-bin"), [Buffer.of(0xab, 0xab, 0xab)]);
  };
  const { headers, trailers } = await largeUnary(client, metadata);
  expectEcho(headers, trailers);

  const call = client.fullDuplexCall(metadata, {});
  const head = once(call, "metadata") as Promise<[Metadata]>;
  const tail = once(call, "status") as Promise<[{ readonly metadata: Metadata }]>;
  const init = { responseParameters: [{ size: largeResponseBytes }], payload: zeros(271_828) };
  call.end(create(StreamingOutputCallRequestSchema, init));
  const responses = await collect(call);
  assert.equal(responses.length, 1);
  expectZeros(responses[0]?.payload, largeResponseBytes);
  expectEcho((await head)[0], (await tail)[0].metadata);
}

async function statusCodeAndMessage(): Promise<void> {
  const message = "test status message";
  const responseStatus = { code: status.UNKNOWN, message };
  const request = create(SimpleRequestSchema, { responseStatus });
  await expectStatus(unary(client, client.unaryCall, request), status.UNKNOWN, message);
  const call = client.fullDuplexCall(new Metadata(), {});
  call.end(create(StreamingOutputCallRequestSchema, { responseStatus }));
  await expectStatus(collect(call), status.UNKNOWN, message);
}

async function specialStatusMessage(): Promise<void> {
  const message = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n";
  const request = create(SimpleRequestSchema, { responseStatus: { code: status.UNKNOWN, message } });
  await expectStatus(unary(client, client.unaryCall, request), status.UNKNOWN, message);
}

async function cancelAfterBegin(): Promise<void> {
  const canceled = new Promise((resolve, reject) => {
    const call = client.streamingInputCall({}, (error, response) =>
      error === null ? resolve(response) : reject(error),
    );
    call.cancel();
  });
  await expectStatus(canceled, status.CANCELLED);
}

async function cancelAfterFirstResponse(): Promise<void> {
  const call = client.fullDuplexCall(new Metadata(), {});
  const responses = call[Symbol.asyncIterator]();
  const init = { responseParameters: [{ size: 31_415 }], payload: zeros(27_182) };
  call.write(create(StreamingOutputCallRequestSchema, init));
  expectZeros((await responses.next()).value?.payload, 31_415);
  call.cancel();
  await expectStatus(responses.next(), status.CANCELLED);
}

async function timeoutOnSleepingServer(): Promise<void> {
  const call = client.fullDuplexCall(new Metadata(), { deadline: Date.now() + 1 });
  call.write(create(StreamingOutputCallRequestSchema, { payload: zeros(27_182) }));
  await expectStatus(collect(call), status.DEADLINE_EXCEEDED);
}

function compressing(): TestClient {
  return connect(flags, "TestService", { "grpc.default_compression_algorithm": compressionAlgorithms.gzip });
}

async function clientCompressedUnary(): Promise<void> {
  const over = compressing();
  const plain = { options: { interceptors: [uncompressed(() => true)] } };
  const probe = unary(over, over.unaryCall, largeRequest({ value: true }), plain);
  await expectStatus(probe, status.INVALID_ARGUMENT);
  const compressed = await unary(over, over.unaryCall, largeRequest({ value: true }));
  expectZeros(compressed.message.payload, largeResponseBytes);
  const asItIs = await unary(over, over.unaryCall, largeRequest({ value: false }), plain);
  expectZeros(asItIs.message.payload, largeResponseBytes);
}

async function clientCompressedStreaming(): Promise<void> {
  const over = compressing();
  const probe = upload(over, [{ size: 27_182, expectCompressed: { value: true } }], {
    interceptors: [uncompressed(() => true)],
  });
  await expectStatus(probe, status.INVALID_ARGUMENT);
  let sent = 0;
  const { aggregatedPayloadSize } = await upload(
    over,
    [
      { size: 27_182, expectCompressed: { value: true } },
      { size: 45_904, expectCompressed: { value: false } },
    ],
    { interceptors: [uncompressed(() => sent++ === 1)] },
  );
  assert.equal(aggregatedPayloadSize, 73_086);
}

async function channelSoak(): Promise<void> {
  for (let i = 0; i < Number(flags.soak_iterations); i++) {
    const over = connect(flags, "TestService");
    await largeUnary(over);
    over.close();
  }
}

async function concurrently(calls: number): Promise<void> {
  await Promise.all(Array.from({ length: calls }, () => largeUnary()));
}

async function reset(): Promise<void> {
  await assert.rejects(unary(client, client.unaryCall, largeRequest()));
}

const cases = new Map<string, () => Promise<unknown>>(
  Object.entries({
    empty_unary: () => unary(client, client.emptyCall, create(EmptySchema)),
    large_unary: () => largeUnary(),
    client_streaming: async () => {
      const { aggregatedPayloadSize } = await upload(
        client,
        requestSizes.map((size) => ({ size })),
      );
      assert.equal(aggregatedPayloadSize, 74_922);
    },
    server_streaming: serverStreaming,
    ping_pong: pingPong,
    empty_stream: async () => {
      const call = client.fullDuplexCall(new Metadata(), {});
      call.end();
      assert.deepEqual(await collect(call), []);
    },
    custom_metadata: customMetadata,
    status_code_and_message: statusCodeAndMessage,
    special_status_message: specialStatusMessage,
    unimplemented_method: () =>
      expectStatus(unary(client, client.unimplementedCall, create(EmptySchema)), status.UNIMPLEMENTED),
    unimplemented_service: () => {
      const other = connect(flags, "UnimplementedService");
      return expectStatus(unary(other, other.unimplementedCall, create(EmptySchema)), status.UNIMPLEMENTED);
    },
    cancel_after_begin: cancelAfterBegin,
    cancel_after_first_response: cancelAfterFirstResponse,
    timeout_on_sleeping_server: timeoutOnSleepingServer,
    client_compressed_unary: clientCompressedUnary,
    client_compressed_streaming: clientCompressedStreaming,
    rpc_soak: async () => {
      for (let i = 0; i < Number(flags.soak_iterations); i++) await largeUnary();
    },
    channel_soak: channelSoak,
    concurrent_large_unary: () => concurrently(1000),
    goaway: async () => {
      await largeUnary();
      await setTimeout(1000);
      await largeUnary();
    },
    rst_after_header: reset,
    rst_during_data: reset,
    rst_after_data: reset,
    ping: () => largeUnary(),
    max_streams: async () => {
      await largeUnary();
      await concurrently(10);
    },
    data_frame_padding: () => largeUnary(),
    no_df_padding_sanity_test: () => largeUnary(),
  }),
);

const run = cases.get(flags.test_case);
if (run === undefined) {
  console.error(`--test_case is one of ${[...cases.keys()].join(", ")}`);
  process.exit(2);
}
await run();
// Connections that are open keep the process alive.
process.exit(0);
