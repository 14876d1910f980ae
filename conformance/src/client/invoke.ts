import { create } from "@bufbuild/protobuf";
import type { CallOptions } from "@connect-ts/runtime";
import type { ClientResponseResultInit } from "#gen/connectrpc/conformance/v1/client_compat_init.js";
import {
  type ClientCompatRequest,
  type ClientResponseResult,
  ClientResponseResultSchema,
} from "#gen/connectrpc/conformance/v1/client_compat_pb.js";
import {
  type ConformanceServiceClient,
  createConformanceServiceClient,
} from "#gen/connectrpc/conformance/v1/service_connect.js";
import {
  ConformanceService,
  IdempotentUnaryRequestSchema,
  UnaryRequestSchema,
  UnimplementedRequestSchema,
} from "#gen/connectrpc/conformance/v1/service_pb.js";
import { pairsOf } from "../headers.js";
import { bidiStream } from "./bidi-stream.js";
import { clientStream } from "./client-stream.js";
import { serverStream } from "./server-stream.js";
import { transportOf } from "./transport.js";
import { unary } from "./unary.js";

/**
 * Makes the call that the runner asks for.
 *
 * @throws Error when it cannot be made; that the call itself failed is a result
 */
export async function invoke(request: ClientCompatRequest): Promise<ClientResponseResult> {
  if (request.service !== ConformanceService.typeName) throw new Error(`no such service: ${request.service}`);
  const options: CallOptions = { headers: pairsOf(request.requestHeaders), timeoutMs: request.timeoutMs };
  const client = createConformanceServiceClient(transportOf(request));
  return create(ClientResponseResultSchema, await dispatch(client, request, options));
}

function dispatch(
  client: ConformanceServiceClient,
  request: ClientCompatRequest,
  options: CallOptions,
): Promise<ClientResponseResultInit> {
  switch (request.method) {
    case "Unary":
      return unary(request, UnaryRequestSchema, (message) => client.unary(message, options));
    case "IdempotentUnary":
      return unary(request, IdempotentUnaryRequestSchema, (message) => client.idempotentUnary(message, options));
    case "Unimplemented":
      return unary(request, UnimplementedRequestSchema, (message) => client.unimplemented(message, options));
    case "ServerStream":
      return serverStream(client, request, options);
    case "ClientStream":
      return clientStream(client, request, options);
    case "BidiStream":
      return bidiStream(client, request, options);
    default:
      throw new Error(`no such method: ${request.method}`);
  }
}
