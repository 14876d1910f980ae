import { readFileSync } from "node:fs";
import {
  type CallOptions,
  type Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientWritableStream,
  credentials,
  InterceptingCall,
  type Interceptor,
  Metadata,
  makeGenericClientConstructor,
  type ServiceClientConstructor,
  type ServiceError,
} from "@grpc/grpc-js";
import type { Empty } from "#gen/grpc/testing/empty_pb.js";
import type {
  SimpleRequest,
  SimpleResponse,
  StreamingInputCallRequest,
  StreamingInputCallResponse,
  StreamingOutputCallRequest,
  StreamingOutputCallResponse,
} from "#gen/grpc/testing/messages_pb.js";
import { TestService, UnimplementedService } from "#gen/grpc/testing/test_pb.js";
import { serviceDefinition } from "./service.js";

type Service = "TestService" | "UnimplementedService";
type Callback<O> = (error: ServiceError | null, response?: O) => void;
type UnaryMethod<I, O> = (request: I, metadata: Metadata, options: CallOptions, callback: Callback<O>) => Events;

interface Events {
  on(event: "metadata", listener: (metadata: Metadata) => void): unknown;
  on(event: "status", listener: (status: { readonly metadata: Metadata }) => void): unknown;
}

/** The client that `@grpc/grpc-js` makes at run time. */
export interface TestClient extends Client {
  emptyCall: UnaryMethod<Empty, Empty>;
  unaryCall: UnaryMethod<SimpleRequest, SimpleResponse>;
  unimplementedCall: UnaryMethod<Empty, Empty>;
  streamingInputCall(
    options: CallOptions,
    callback: Callback<StreamingInputCallResponse>,
  ): ClientWritableStream<StreamingInputCallRequest>;
  streamingOutputCall(request: StreamingOutputCallRequest): ClientReadableStream<StreamingOutputCallResponse>;
  fullDuplexCall(
    metadata: Metadata,
    options: CallOptions,
  ): ClientDuplexStream<StreamingOutputCallRequest, StreamingOutputCallResponse>;
}

/** Arguments of the program that say whom to call. */
export interface ChannelFlags {
  readonly server_host: string;
  readonly server_host_override: string;
  readonly server_port: string;
  readonly use_tls: string;
  readonly ca_file: string;
}

const constructors: Record<Service, ServiceClientConstructor> = {
  TestService: makeGenericClientConstructor(serviceDefinition(TestService), "TestService"),
  UnimplementedService: makeGenericClientConstructor(serviceDefinition(UnimplementedService), "UnimplementedService"),
};

/** A client with connections of its own. */
export function connect(flags: ChannelFlags, service: Service, options: object = {}): TestClient {
  const tls = flags.use_tls === "true";
  const client: unknown = new constructors[service](
    `${flags.server_host}:${flags.server_port}`,
    tls ? credentials.createSsl(readFileSync(flags.ca_file)) : credentials.createInsecure(),
    {
      ...options,
      ...(flags.server_host_override !== "" && { "grpc.ssl_target_name_override": flags.server_host_override }),
      "grpc.use_local_subchannel_pool": 1,
    },
  );
  return client as TestClient;
}

export interface UnaryResponse<O> {
  readonly message: O;
  readonly headers: Metadata;
  readonly trailers: Metadata;
}

/** Makes a unary call, as a promise. */
export function unary<I, O>(
  client: TestClient,
  method: UnaryMethod<I, O>,
  request: I,
  { metadata = new Metadata(), options = {} }: { readonly metadata?: Metadata; readonly options?: CallOptions } = {},
): Promise<UnaryResponse<O>> {
  return new Promise((resolve, reject) => {
    let headers = new Metadata();
    let message: O | undefined;
    const call = method.call(client, request, metadata, options, (error, response) => {
      if (error !== null) reject(error);
      message = response;
    });
    call.on("metadata", (received) => {
      headers = received;
    });
    // Comes after the message, also of a call that failed.
    call.on("status", ({ metadata: trailers }) => {
      if (message !== undefined) resolve({ message, headers, trailers });
    });
  });
}

/** What gRPC's C core calls GRPC_WRITE_NO_COMPRESS; `@grpc/grpc-js` knows the flag and exports no name for it. */
const noCompress = 2;

/** For a channel that compresses: sends those messages as they are. */
export function uncompressed(isPlain: (message: unknown) => boolean): Interceptor {
  return (options, nextCall) => {
    const call = new InterceptingCall(nextCall(options));
    const send = call.sendMessageWithContext.bind(call);
    call.sendMessageWithContext = (context, message) => {
      send(isPlain(message) ? { ...context, flags: noCompress } : context, message);
    };
    return call;
  };
}
