import type { ConnectError } from "../../error/connect-error.js";
import type { Compression } from "../../framing/compression.js";
import { joinBytes } from "../../http/bytes.js";
import { HeaderMap } from "../../http/header-map.js";
import type { Codec } from "../../message/codec.js";
import type { HandlerExchange, ResponseEnd, ResponseHead, WholeResponse } from "../protocol.js";
import { appendUserHeaders } from "../shared/header-fields.js";
import type { GrpcRequest } from "./accept.js";
import { appendStatus } from "./status-writer.js";

/** A gRPC call; gRPC-Web differs in where the trailers are. */
export class GrpcHandlerExchange implements HandlerExchange {
  readonly protocol: "grpc" | "grpc-web" = "grpc";
  readonly enveloped: boolean = true;
  readonly needsTrailers: boolean = true;
  readonly codec: Codec;
  readonly contentType: string;
  readonly acceptNames: string;
  readonly requestCompression: Compression | undefined;
  readonly requestCompressed: boolean = false;
  readonly responseCompression: Compression | undefined;
  readonly timeoutMs: number | undefined;
  readonly error: ConnectError | undefined;
  readonly getPayload: Uint8Array | undefined = undefined;

  constructor(request: GrpcRequest) {
    this.codec = request.type.codec;
    this.contentType = request.type.value;
    this.acceptNames = request.acceptNames;
    this.requestCompression = request.requestCompression;
    this.responseCompression = request.responseCompression;
    this.timeoutMs = request.timeoutMs;
    this.error = request.error;
  }

  responseHead(headers: HeaderMap): ResponseHead {
    const head = new HeaderMap();
    const { list } = head;
    list.push("content-type", this.contentType);
    if (this.responseCompression !== undefined) list.push("grpc-encoding", this.responseCompression.name);
    if (this.acceptNames !== "") list.push("grpc-accept-encoding", this.acceptNames);
    appendUserHeaders(list, headers);
    return { status: 200, headers: head };
  }

  responseEnd(error: ConnectError | undefined, trailers: HeaderMap): ResponseEnd {
    const status = new HeaderMap();
    appendStatus(status.list, error, trailers);
    return { body: undefined, trailers: status };
  }

  respond(
    body: Uint8Array | undefined,
    _compressed: boolean,
    error: ConnectError | undefined,
    headers: HeaderMap,
    trailers: HeaderMap,
  ): WholeResponse {
    const head = this.responseHead(headers).headers;
    // Trailers-only, unless the handler set headers: then each keeps its place.
    if (body === undefined && error !== undefined && headers.list.length === 0) {
      appendStatus(head.list, error, trailers);
      return { status: 200, headers: head, body: undefined, trailers: undefined };
    }
    const end = this.responseEnd(error, trailers);
    return {
      status: 200,
      headers: head,
      body: body === undefined || end.body === undefined ? (body ?? end.body) : joinBytes([body, end.body]),
      trailers: end.trailers,
    };
  }
}
