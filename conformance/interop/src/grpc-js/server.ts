import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type StatusObject,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { type Empty, EmptySchema } from "#gen/grpc/testing/empty_pb.js";
import {
  type EchoStatus,
  type SimpleRequest,
  type SimpleResponse,
  SimpleResponseSchema,
  type StreamingInputCallRequest,
  type StreamingInputCallResponse,
  StreamingInputCallResponseSchema,
  type StreamingOutputCallRequest,
  type StreamingOutputCallResponse,
  StreamingOutputCallResponseSchema,
} from "#gen/grpc/testing/messages_pb.js";
import { TestService } from "#gen/grpc/testing/test_pb.js";
import { readArguments } from "../arguments.js";
import { zeros } from "../payload.js";
import { serviceDefinition } from "./service.js";

const { port, use_tls, tls_cert_file, tls_key_file } = readArguments({
  port: "0",
  use_tls: "false",
  tls_cert_file: "",
  tls_key_file: "",
});

function echo(call: { readonly metadata: Metadata; sendMetadata(metadata: Metadata): void }): Metadata {
  const initial = call.metadata.get("x-grpc-test-echo-initial");
  if (initial.length > 0) {
    const headers = new Metadata();
    for (const value of initial) headers.add("x-grpc-test-echo-initial", value);
    call.sendMetadata(headers);
  }
  const trailers = new Metadata();
  for (const value of call.metadata.get("x-grpc-test-echo-trailing-bin")) {
    trailers.add("x-grpc-test-echo-trailing-bin", value);
  }
  return trailers;
}

function failure(status: EchoStatus | undefined, metadata: Metadata): StatusObject | undefined {
  return status === undefined || status.code === 0
    ? undefined
    : { code: status.code, details: status.message, metadata };
}

/** Answers a request; false when the call ended with the status that it asked for. */
async function respond(
  call:
    | ServerWritableStream<unknown, StreamingOutputCallResponse>
    | ServerDuplexStream<unknown, StreamingOutputCallResponse>,
  request: StreamingOutputCallRequest,
  trailers: Metadata,
): Promise<boolean> {
  const failed = failure(request.responseStatus, trailers);
  if (failed !== undefined) {
    call.emit("error", failed);
    return false;
  }
  for (const { size, intervalUs } of request.responseParameters) {
    if (intervalUs > 0) await setTimeout(intervalUs / 1000);
    call.write(create(StreamingOutputCallResponseSchema, { payload: zeros(size) }));
  }
  return true;
}

const server = new Server();
server.addService(serviceDefinition(TestService), {
  emptyCall(_call: ServerUnaryCall<Empty, Empty>, callback: sendUnaryData<Empty>) {
    callback(null, create(EmptySchema));
  },
  unaryCall(call: ServerUnaryCall<SimpleRequest, SimpleResponse>, callback: sendUnaryData<SimpleResponse>) {
    const { responseSize, responseStatus } = call.request;
    const trailers = echo(call);
    const failed = failure(responseStatus, trailers);
    if (failed === undefined) callback(null, create(SimpleResponseSchema, { payload: zeros(responseSize) }), trailers);
    else callback(failed);
  },
  streamingInputCall(
    call: ServerReadableStream<StreamingInputCallRequest, StreamingInputCallResponse>,
    callback: sendUnaryData<StreamingInputCallResponse>,
  ) {
    let aggregatedPayloadSize = 0;
    call.on("data", ({ payload }: StreamingInputCallRequest) => {
      aggregatedPayloadSize += payload?.body.length ?? 0;
    });
    call.on("end", () => callback(null, create(StreamingInputCallResponseSchema, { aggregatedPayloadSize })));
  },
  async streamingOutputCall(call: ServerWritableStream<StreamingOutputCallRequest, StreamingOutputCallResponse>) {
    const trailers = echo(call);
    if (await respond(call, call.request, trailers)) call.end(trailers);
  },
  fullDuplexCall(call: ServerDuplexStream<StreamingOutputCallRequest, StreamingOutputCallResponse>) {
    const trailers = echo(call);
    // One request after the other, and not with `for await`, which destroys the writing side too.
    let answered = Promise.resolve(true);
    call.on("data", (request: StreamingOutputCallRequest) => {
      answered = answered.then((open) => open && respond(call, request, trailers));
    });
    call.on("end", () => {
      void answered.then((open) => open && call.end(trailers));
    });
    call.on("error", () => {});
  },
});

const credentials =
  use_tls === "true"
    ? ServerCredentials.createSsl(null, [
        { cert_chain: readFileSync(tls_cert_file), private_key: readFileSync(tls_key_file) },
      ])
    : ServerCredentials.createInsecure();
server.bindAsync(`127.0.0.1:${port}`, credentials, (error, bound) => {
  if (error !== null) throw error;
  console.log(`listening on port ${bound}`);
});
