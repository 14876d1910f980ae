import { type DescMessage, fromJson, type JsonObject, type Message, toJson } from "@bufbuild/protobuf";
import {
  type BidiStream,
  type CallOptions,
  ConnectError,
  type HeaderMap,
  type Sender,
  type ServerStream,
  type UnaryResponse,
} from "@connect-ts/runtime";
import type { PingServiceClient } from "../../gen/src/ping/v1/ping_connect.js";
import type { SumRequestInit } from "../../gen/src/ping/v1/ping_init.js";
import {
  CountUpRequestSchema,
  CountUpResponseSchema,
  CumSumRequestSchema,
  CumSumResponseSchema,
  FailDetailSchema,
  FailRequestSchema,
  PingRequestSchema,
  PingResponseSchema,
  SumRequestSchema,
  SumResponseSchema,
} from "../../gen/src/ping/v1/ping_pb.js";
import type { Call, Outcome } from "./peer.js";

/** Makes a call with our client, and tells how it went. */
export async function makeCall(client: PingServiceClient, call: Call): Promise<Outcome> {
  const { signal, timeoutMs, headers } = call;
  const options: CallOptions = { signal, timeoutMs, headers };
  const seen: Seen = { messages: [], headers: {}, trailers: {} };
  const one = call.requests[0] ?? {};
  try {
    if (call.method === "Ping") {
      await unary(call, seen, client.ping(fromJson(PingRequestSchema, one), options).response, PingResponseSchema);
    } else if (call.method === "Fail") {
      await client.fail(fromJson(FailRequestSchema, one), options);
    } else if (call.method === "Sum") {
      const stream = client.sum(options);
      // When the call fails the caller hears of it from the response.
      void sendNumbers(call, stream).catch(() => {});
      await unary(call, seen, stream.response, SumResponseSchema);
    } else if (call.method === "CountUp") {
      await receive(call, seen, client.countUp(fromJson(CountUpRequestSchema, one), options), CountUpResponseSchema);
    } else {
      await converse(call, seen, client.cumSum(options));
    }
  } catch (reason) {
    const error = ConnectError.from(reason);
    const reasons = error.findDetails(FailDetailSchema).map((detail) => detail.reason);
    return {
      ...seen,
      trailers: { ...seen.trailers, ...plain(error.metadata) },
      error: { code: error.code, message: error.rawMessage, reasons },
    };
  }
  return seen;
}

interface Seen {
  readonly messages: JsonObject[];
  headers: Readonly<Record<string, string>>;
  trailers: Readonly<Record<string, string>>;
}

async function unary<O extends Message>(
  call: Call,
  seen: Seen,
  response: Promise<UnaryResponse<O>>,
  schema: DescMessage,
): Promise<void> {
  const { message, headers, trailers } = await response;
  seen.messages.push(toJson(schema, message) as JsonObject);
  call.onMessage?.();
  seen.headers = plain(headers);
  seen.trailers = plain(trailers);
}

async function receive<O extends Message>(
  call: Call,
  seen: Seen,
  stream: ServerStream<O>,
  schema: DescMessage,
  afterEach?: () => void,
): Promise<void> {
  for await (const message of stream) {
    seen.messages.push(toJson(schema, message) as JsonObject);
    call.onMessage?.();
    afterEach?.();
  }
  seen.headers = plain(await stream.headers);
  seen.trailers = plain(await stream.trailers);
}

async function converse(call: Call, seen: Seen, stream: BidiStream<object, Message>): Promise<void> {
  const requests = call.requests.map((request) => fromJson(CumSumRequestSchema, request));
  let next = 0;
  const sendNext = async (): Promise<void> => {
    const request = requests[next++];
    if (request !== undefined) await stream.send(request);
    else if (!call.leaveOpen) stream.closeSend();
  };
  const sendAll = async (): Promise<void> => {
    for (const _ of requests) await sendNext();
    await sendNext();
  };
  // When the call fails the caller hears of it from the iteration.
  const send = (): void => void (call.interleave ? sendNext() : sendAll()).catch(() => {});
  send();
  await receive(call, seen, stream, CumSumResponseSchema, call.interleave ? send : undefined);
}

async function sendNumbers(call: Call, stream: Sender<SumRequestInit>): Promise<void> {
  for (const request of call.requests) await stream.send(fromJson(SumRequestSchema, request));
  stream.closeSend();
}

function plain(headers: HeaderMap): Record<string, string> {
  return Object.fromEntries([...headers].map(([name, value]) => [name, withoutPadding(name, value)]));
}

function withoutPadding(name: string, value: string): string {
  return name.endsWith("-bin") ? value.replace(/=+$/, "") : value;
}
