export { type ContextKey, type ContextValues, createContextKey, createContextValues } from "./call/context-values.js";
export type { RuntimeAtLeast0_1 } from "./call/generated-code.js";
export { getOption } from "./call/get-option.js";
export type { Call, CallStats, Interceptor, MessageHook, MessageInfo } from "./call/interceptor.js";
export { type MemberName, memberName, type ReservedMember } from "./call/member-name.js";
export type { Frame, FrameOptions, OutgoingMessage } from "./call/outgoing-message.js";
export type { Peer, ProtocolName } from "./call/peer.js";
export type { Idempotency, Kind, OtherOptions, Spec, SpecOptions } from "./call/spec.js";
export { type SpecOf, specOf } from "./call/spec-of.js";
export { unaryInterceptor } from "./call/unary-interceptor.js";
export { type BoundClient, type BoundMethod, bindClient } from "./client/bind-client.js";
export {
  createClient,
  type DynamicClient,
  type DynamicMethod,
  type TypedMethod,
  type UntypedMethod,
} from "./client/create-client.js";
export { createTransport, type TransportOptions } from "./client/protocol-transport.js";
export type { ClientConn, ResponseHeadInfo, Transport, TransportCall, TransportResponse } from "./client/transport.js";
export type {
  AnyIterable,
  BidiStream,
  CallOptions,
  ClientOptions,
  ClientStream,
  ParentCall,
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
export type { Awaitable, Compression } from "./framing/compression.js";
export { snappy } from "./framing/snappy.js";
export {
  createHandler,
  type DynamicHandler,
  type DynamicImplementation,
  type TypedHandler,
  type UntypedHandler,
} from "./handler/create-handler.js";
export { type ErrorResponse, type ErrorWriterRequest, errorResponseFor } from "./handler/error-writer.js";
export { createRouter, type Router, type RouterOptions } from "./handler/router.js";
export {
  createServiceHandler,
  type Implementation,
  type ServiceDescriptor,
  type ServiceMethod,
  unimplemented,
} from "./handler/service-handler.js";
export type { ContextHandlerOptions, HandlerContext, HandlerOptions, ServiceHandler } from "./handler/types.js";
export { HeaderMap, type HeaderMapInit } from "./http/header-map.js";
export type {
  HttpClient,
  HttpClientStream,
  HttpRemote,
  HttpRequestHead,
  HttpResponseSink,
} from "./http/http-client.js";
export type { HttpFailure } from "./http/http-failure.js";
export type { HttpRequestSink, HttpServerRequest, HttpServerStream } from "./http/http-server.js";
export type { PeerCertificate, PeerTls } from "./http/peer-tls.js";
export { binary } from "./message/binary-codec.js";
export type { Codec } from "./message/codec.js";
export { codecOf } from "./message/codec-of.js";
export { esCodec } from "./message/es-codec.js";
export { json } from "./message/json-codec.js";
export type { JsonOptions, JsonReflection, MessageCodec } from "./message/message-codec.js";
export { type ConnectGetOptions, type ConnectOptions, connect } from "./protocol/connect/client.js";
export { isNotModified, notModifiedError } from "./protocol/connect/not-modified.js";
export { grpc } from "./protocol/grpc/client.js";
export { grpcWeb } from "./protocol/grpc-web/client.js";
export type {
  CallEnd,
  ClientExchange,
  ClientProtocol,
  ClientSetup,
  RequestHead,
  ResponseBody,
} from "./protocol/protocol.js";
