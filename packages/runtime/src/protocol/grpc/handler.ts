import type { Kind } from "../../call/spec.js";
import { checkOptions } from "../../check-options.js";
import type { Codec } from "../../message/codec.js";
import type { HandlerExchange, HandlerProtocol, HandlerRequest, HandlerSetup } from "../protocol.js";
import { perCodecs, servedTypes } from "../shared/content-type.js";
import { unknownStream } from "../shared/unknown-procedure.js";
import { acceptGrpc } from "./accept.js";
import { GrpcHandlerExchange } from "./handler-exchange.js";

const types = perCodecs((codecs) => servedTypes(codecs, "application/grpc+", "application/grpc"));

/**
 * The gRPC protocol on servers: for the option `protocols`. It needs HTTP/2 from end to end, for its trailers.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 * @throws TypeError for an option: it has none
 */
export function grpcHandlerProtocol(options: Readonly<Record<string, never>> = {}): HandlerProtocol {
  checkOptions("grpcHandlerProtocol", options, {});
  return protocol;
}

const protocol: HandlerProtocol = {
  name: "grpc",
  contentTypes: (_kind: Kind, codecs: readonly Codec[]): string[] => [...types(codecs).keys()],
  allowsGet: (): boolean => false,
  accept,
  acceptUnknown: (request: HandlerRequest): HandlerExchange | undefined => accept(request, unknownStream),
};

function accept(request: HandlerRequest, setup: HandlerSetup): HandlerExchange | undefined {
  if (request.method !== "POST") return undefined;
  const accepted = acceptGrpc(request, setup, types(setup.codecs));
  return accepted === undefined ? undefined : new GrpcHandlerExchange(accepted);
}
