import type { Kind } from "../../call/spec.js";
import { checkOptions } from "../../check-options.js";
import type { ConnectError } from "../../error/connect-error.js";
import { HeaderMap } from "../../http/header-map.js";
import type { Codec } from "../../message/codec.js";
import { acceptGrpc, type GrpcRequest } from "../grpc/accept.js";
import { GrpcHandlerExchange } from "../grpc/handler-exchange.js";
import { appendStatus } from "../grpc/status-writer.js";
import type {
  BodyTranscoder,
  HandlerExchange,
  HandlerProtocol,
  HandlerRequest,
  HandlerSetup,
  ResponseEnd,
} from "../protocol.js";
import { perCodecs, type ServedTypes, servedTypes } from "../shared/content-type.js";
import { unknownStream } from "../shared/unknown-procedure.js";
import { TextTranscoder } from "./text.js";
import { writeTrailerFrame } from "./trailer-frame.js";

const textFamily = "application/grpc-web-text";

const types = perCodecs(
  (codecs): ServedTypes =>
    new Map([
      ...servedTypes(codecs, "application/grpc-web+", "application/grpc-web"),
      ...servedTypes(codecs, `${textFamily}+`, textFamily),
    ]),
);

/**
 * The gRPC-Web protocol on servers, in binary and in text: for the option `protocols`.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md
 * @throws TypeError for an option: it has none
 */
export function grpcWebHandlerProtocol(options: Readonly<Record<string, never>> = {}): HandlerProtocol {
  checkOptions("grpcWebHandlerProtocol", options, {});
  return protocol;
}

const protocol: HandlerProtocol = {
  name: "grpc-web",
  contentTypes: (_kind: Kind, codecs: readonly Codec[]): string[] => [...types(codecs).keys()],
  allowsGet: (): boolean => false,
  accept,
  acceptUnknown: (request: HandlerRequest): HandlerExchange | undefined => accept(request, unknownStream),
};

function accept(request: HandlerRequest, setup: HandlerSetup): HandlerExchange | undefined {
  if (request.method !== "POST") return undefined;
  const accepted = acceptGrpc(request, setup, types(setup.codecs));
  if (accepted === undefined) return undefined;
  return accepted.type.value.startsWith(textFamily)
    ? new GrpcWebTextHandlerExchange(accepted)
    : new GrpcWebHandlerExchange(accepted);
}

class GrpcWebHandlerExchange extends GrpcHandlerExchange {
  override readonly needsTrailers: boolean = false;
  override readonly protocol = "grpc-web" as const;

  override responseEnd(error: ConnectError | undefined, trailers: HeaderMap): ResponseEnd {
    const status = new HeaderMap();
    appendStatus(status.list, error, trailers);
    return { body: writeTrailerFrame(status), trailers: undefined };
  }
}

class GrpcWebTextHandlerExchange extends GrpcWebHandlerExchange {
  readonly transcoder: BodyTranscoder;

  constructor(request: GrpcRequest) {
    super(request);
    this.transcoder = new TextTranscoder();
  }
}
