import type { Kind } from "../../call/spec.js";
import type { Codec } from "../../message/codec.js";
import type { HandlerExchange, HandlerProtocol, HandlerRequest, HandlerSetup } from "../protocol.js";
import { perCodecs, servedTypes } from "../shared/content-type.js";
import { acceptGrpc } from "./accept.js";
import { GrpcHandlerExchange } from "./handler-exchange.js";

const types = perCodecs((codecs) => servedTypes(codecs, "application/grpc+", "application/grpc"));

/** The handler's half of the gRPC protocol. */
export const grpcHandlerProtocol: HandlerProtocol = {
  name: "grpc",
  contentTypes: (_kind: Kind, codecs: readonly Codec[]): string[] => [...types(codecs).keys()],
  allowsGet: (): boolean => false,
  accept(request: HandlerRequest, setup: HandlerSetup): HandlerExchange | undefined {
    if (request.method !== "POST") return undefined;
    const accepted = acceptGrpc(request, setup, types(setup.codecs));
    return accepted === undefined ? undefined : new GrpcHandlerExchange(accepted);
  },
};
