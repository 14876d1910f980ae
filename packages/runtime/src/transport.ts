// For those who write transports, protocols and HTTP stacks, or put a router on a platform of their own.

export { envelopes } from "./call/envelopes.js";
export type { Frame, FrameOptions, OutgoingMessage } from "./call/outgoing-message.js";
export type { Envelopes } from "./call/single-receiver.js";
export { checkOptions, type Elsewhere, type Rule, type RulesFor } from "./check-options.js";
export { type BoundClient, bindClient } from "./client/bind-client.js";
export type { BoundMethod } from "./client/bind-transport.js";
export { createTransport, type TransportOptions } from "./client/protocol-transport.js";
export type {
  ClientConn,
  OpenStream,
  ResponseHeadInfo,
  Transport,
  TransportCall,
  TransportResponse,
} from "./client/transport.js";
export { isUnprocessed } from "./error/unprocessed.js";
export { type ErrorResponse, type ErrorWriterRequest, errorResponseFor } from "./handler/error-writer.js";
export { type CreateRouteOptions, createRoute } from "./handler/route/create-route.js";
export type { Route, RouteAnswer, RouteContext, RouteRequest } from "./handler/route/route.js";
export { createRouter, type Router, type RouterOptions } from "./handler/router.js";
export {
  createServiceHandler,
  type Implementation,
  type ServiceDescriptor,
  type ServiceMethod,
  type ServiceReference,
} from "./handler/service-handler.js";
export type {
  HeaderLimits,
  HttpClient,
  HttpClientStream,
  HttpRemote,
  HttpRequestHead,
  HttpResponseSink,
} from "./http/http-client.js";
export type { HttpFailure } from "./http/http-failure.js";
export type { HttpRequestSink, HttpServerRequest, HttpServerStream } from "./http/http-server.js";
export { bytesCodec } from "./message/bytes-codec.js";
export type {
  BodyTranscoder,
  CallEnd,
  ClientExchange,
  ClientProtocol,
  ClientSetup,
  HandlerExchange,
  HandlerProtocol,
  HandlerRequest,
  HandlerSetup,
  RequestHead,
  ResponseBody,
  ResponseEnd,
  ResponseHead,
  WholeResponse,
} from "./protocol/protocol.js";
