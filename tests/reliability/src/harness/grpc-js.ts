import {
  create,
  type DescMessage,
  fromBinary,
  type Message,
  type MessageInitShape,
  toBinary,
} from "@bufbuild/protobuf";
import grpc from "@grpc/grpc-js";
import * as kit from "../../../gen/src/ping/v1/ping_pb.js";
import { type AnswerMessage, codeNames, numberOf, type PeerClient } from "./outcome.js";

function method(
  name: string,
  input: DescMessage,
  output: DescMessage,
  requestStream: boolean,
  responseStream: boolean,
): grpc.MethodDefinition<object, object> {
  const write = (schema: DescMessage, message: object): Buffer =>
    Buffer.from(toBinary(schema, create(schema, message as MessageInitShape<DescMessage>)));
  return {
    path: `/ping.v1.PingService/${name}`,
    requestStream,
    responseStream,
    requestSerialize: (message) => write(input, message),
    requestDeserialize: (bytes) => fromBinary(input, bytes),
    responseSerialize: (message) => write(output, message),
    responseDeserialize: (bytes) => fromBinary(output, bytes),
  };
}

/** The test kit for @grpc/grpc-js. */
export const grpcJsMethods = {
  ping: method("Ping", kit.PingRequestSchema, kit.PingResponseSchema, false, false),
  sum: method("Sum", kit.SumRequestSchema, kit.SumResponseSchema, true, false),
  countUp: method("CountUp", kit.CountUpRequestSchema, kit.CountUpResponseSchema, false, true),
  cumSum: method("CumSum", kit.CumSumRequestSchema, kit.CumSumResponseSchema, true, true),
};

type Stream = grpc.ClientUnaryCall & Partial<grpc.ClientWritableStream<unknown> & grpc.ClientReadableStream<Message>>;

/** The client of @grpc/grpc-js. */
export function grpcJsClient(url: string, options: grpc.ClientOptions = {}): PeerClient {
  const client = new grpc.Client(new URL(url).host, grpc.credentials.createInsecure(), {
    // A pool of its own for each client, as the other libraries have it.
    "grpc.use_local_subchannel_pool": 1,
    ...options,
  });
  return {
    call(name, requests, init = {}) {
      const start = performance.now();
      const numbers: bigint[] = [];
      const { path, requestSerialize, responseDeserialize, requestStream, responseStream } = grpcJsMethods[name];
      const args = [path, requestSerialize, responseDeserialize] as never[];
      const metadata = new grpc.Metadata();
      for (const [key, value] of Object.entries(init.headers ?? {})) metadata.set(key, value);
      const callOptions = init.timeoutMs === undefined ? {} : { deadline: Date.now() + init.timeoutMs };
      return new Promise((resolve) => {
        const take = (message: AnswerMessage | undefined): void => {
          if (message === undefined) return;
          numbers.push(numberOf(message));
          init.onMessage?.(message);
        };
        const onAnswer = (_error: unknown, message?: unknown): void => take(message as AnswerMessage | undefined);
        const kind = `make${requestStream ? (responseStream ? "BidiStream" : "ClientStream") : responseStream ? "ServerStream" : "Unary"}Request`;
        const stream = (client as unknown as Record<string, (...args: unknown[]) => Stream>)[kind]?.(
          ...args,
          ...(requestStream ? [] : [(requests as readonly unknown[])[0]]),
          metadata,
          callOptions,
          ...(responseStream ? [] : [onAnswer]),
        ) as Stream;
        stream.on("status", ({ code, details }: grpc.StatusObject) => {
          // A unary call's callback comes after its status.
          setImmediate(() =>
            resolve({
              code: codeNames[code] ?? String(code),
              message: details,
              numbers,
              ms: performance.now() - start,
            }),
          );
        });
        if (responseStream) {
          stream.on("data", take);
          stream.on("error", () => {});
        }
        init.signal?.addEventListener("abort", () => stream.cancel());
        if (init.signal?.aborted) stream.cancel();
        if (requestStream) void send(stream, requests);
      });
    },
    async close() {
      client.close();
    },
  };
}

async function send(stream: Stream, requests: Iterable<unknown> | AsyncIterable<unknown>): Promise<void> {
  for await (const request of requests) stream.write?.(request);
  stream.end?.();
}
