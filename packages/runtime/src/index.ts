// The door of users of clients and handlers: at most 70 names (tests/types/doors.test.ts).
export { type ContextKey, type ContextValues, createContextKey, createContextValues } from "./call/context-values.js";
export { getOption } from "./call/get-option.js";
export type { Call, CallStats, Interceptor, MessageHook, MessageInfo } from "./call/interceptor.js";
export type { Peer, ProtocolName } from "./call/peer.js";
export type { Idempotency, Kind, OtherOptions, Spec, SpecOptions } from "./call/spec.js";
export { unaryInterceptor } from "./call/unary-interceptor.js";
export type { TransportOptions } from "./client/protocol-transport.js";
export type { Transport } from "./client/transport.js";
export type {
  AnyIterable,
  BidiStream,
  CallOptions,
  ClientOptions,
  ClientStream,
  ParentCall,
  PlainClientOptions,
  Sender,
  SendOptions,
  ServerStream,
  StreamCall,
  UnaryCall,
  UnaryResponse,
} from "./client/types.js";
export { Code, codeFromNumber, codeNumber, isCode } from "./error/code.js";
export { ConnectError, type ConnectErrorOptions } from "./error/connect-error.js";
export type { DetailType, ErrorDetail } from "./error/detail.js";
export type { Compression } from "./framing/compression.js";
export { snappy } from "./framing/snappy.js";
export type { ContextHandlerOptions, HandlerContext, HandlerOptions, ServiceHandler } from "./handler/types.js";
export type { Awaitable } from "./http/awaitable.js";
export { HeaderMap, type HeaderMapInit } from "./http/header-map.js";
export type { PeerCertificate, PeerTls } from "./http/peer-tls.js";
export { binary } from "./message/binary-codec.js";
export type { Codec } from "./message/codec.js";
export { json } from "./message/json-codec.js";
export { jsonReflection } from "./message/json-reflection.js";
export type { JsonOptions, JsonReflection, MessageCodec } from "./message/message-codec.js";
export { type ConnectGetOptions, type ConnectOptions, connect } from "./protocol/connect/client.js";
export { type ConnectHandlerOptions, connectHandlerProtocol } from "./protocol/connect/handler.js";
export { isNotModified, notModifiedError } from "./protocol/connect/not-modified.js";
export { grpc } from "./protocol/grpc/client.js";
export { grpcHandlerProtocol } from "./protocol/grpc/handler.js";
export { grpcWeb } from "./protocol/grpc-web/client.js";
export { grpcWebHandlerProtocol } from "./protocol/grpc-web/handler.js";
