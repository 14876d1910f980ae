import { type StringValue, StringValueSchema } from "@bufbuild/protobuf/wkt";
import type { Kind, Spec } from "../call/spec.js";
import { type BoundClient, bindClient } from "../client/bind-client.js";
import type { Transport } from "../client/transport.js";
import type { CallOptions, ClientOptions } from "../client/types.js";
import { ConnectError } from "../error/connect-error.js";
import { HeaderMap } from "../http/header-map.js";
import type { HttpClient, HttpClientStream, HttpRequestHead, HttpResponseSink } from "../http/http-client.js";
import { esCodec } from "../message/es-codec.js";
import type { MessageCodec } from "../message/message-codec.js";

export const text: MessageCodec<StringValue> = esCodec(StringValueSchema);
export const kinds: readonly Kind[] = ["unary", "server_streaming", "client_streaming", "bidi_streaming"];

export function specOfKind(kind: Kind): Spec {
  return {
    procedure: "/t.Service/Do",
    kind,
    idempotency: "unknown",
    input: text,
    output: text,
    options: {},
    serviceOptions: {},
  } as unknown as Spec;
}

/** Makes a call of a kind and reads its answer. */
export async function callOf(
  kind: Kind,
  transport: Transport,
  options?: ClientOptions,
  callOptions?: CallOptions,
): Promise<unknown[]> {
  const client: BoundClient = bindClient(transport, options);
  const spec = specOfKind(kind);
  const request = { value: "hi" };
  switch (kind) {
    case "unary":
      return [await Promise.resolve(client.unary(spec)(request, callOptions))];
    case "client_streaming":
      return [await Promise.resolve(client.clientStreaming(spec)([request], callOptions))];
    case "server_streaming":
      return readAll(client.serverStreaming(spec)(request, callOptions));
    case "bidi_streaming":
      return readAll(client.bidiStreaming(spec)([request], callOptions));
  }
}

export async function readAll<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const message of stream) all.push(message);
  return all;
}

export async function failureOf(promise: Promise<unknown>): Promise<ConnectError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ConnectError) return error;
    throw error;
  }
  throw new Error("the call succeeded");
}

/** What people and libraries throw. */
export const thrownValues: readonly unknown[] = [
  undefined,
  null,
  0,
  "",
  Object.create(null),
  new Proxy({}, { get: trap, has: trap, getPrototypeOf: trap }),
];

function trap(): never {
  throw new RangeError("looked at");
}

/** One request of a {@link FakeHttp}: what was asked for, and the sink that a test answers into. */
export interface FakeRequest {
  readonly head: HttpRequestHead;
  readonly sink: HttpResponseSink;
  readonly written: Uint8Array[];
  ended: boolean;
  canceled: boolean;
}

/** An HTTP stack without a network: a test answers its requests. */
export class FakeHttp implements HttpClient {
  readonly origin = "http://fake.test";
  readonly requests: FakeRequest[] = [];
  readonly answer: (request: FakeRequest) => void;
  /** Replaces methods of the streams that it gives. */
  readonly broken: Partial<HttpClientStream>;

  /** @param answer - called in a microtask after the request's end */
  constructor(answer: (request: FakeRequest) => void, broken: Partial<HttpClientStream> = {}) {
    this.answer = answer;
    this.broken = broken;
  }

  request(head: HttpRequestHead, sink: HttpResponseSink): HttpClientStream {
    const request: FakeRequest = { head, sink, written: [], ended: false, canceled: false };
    this.requests.push(request);
    return {
      flushHead: () => undefined,
      write(bytes) {
        request.written.push(bytes);
        return true;
      },
      end: (bytes) => {
        if (bytes !== undefined) request.written.push(bytes);
        request.ended = true;
        queueMicrotask(() => {
          if (!request.canceled) this.answer(request);
        });
      },
      cancel() {
        request.canceled = true;
      },
      pause: () => undefined,
      resume: () => undefined,
      remote: () => undefined,
      ...this.broken,
    };
  }
}

/** Answers as a gRPC server does, with one message. */
export function answerGrpc({ sink }: FakeRequest): void {
  const payload = text.toBinary(text.create({ value: "hello" }), 5);
  new DataView(payload.buffer, payload.byteOffset).setUint32(1, payload.length - 5);
  sink.head(200, new HeaderMap({ "content-type": "application/grpc" }));
  sink.data(payload);
  sink.end(new HeaderMap({ "grpc-status": "0" }));
}
