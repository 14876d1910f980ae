import { envelopes } from "../../call/envelopes.js";
import type { Envelopes } from "../../call/single-receiver.js";
import { ConnectError } from "../../error/connect-error.js";
import { HeaderMap } from "../../http/header-map.js";
import type { CallEnd, ClientExchange, ClientSetup, RequestHead, ResponseBody } from "../protocol.js";
import { appendUserHeaders } from "../shared/header-fields.js";
import { httpStatusError } from "../shared/http-status.js";
import {
  type CompressionTable,
  compressionTable,
  isCompressed,
  responseCompression,
  unknownResponseCompression,
} from "../shared/negotiate-compression.js";
import { checkContentType } from "../shared/response-content-type.js";
import { connectUserAgent } from "../shared/user-agent.js";
import { endFromHeaders, endFromTrailers } from "./status.js";
import { encodeGrpcTimeout } from "./timeout.js";

/** What gRPC calls say of this library, unless the user says otherwise: it begins with `grpc-`, as the specification has it. */
export const grpcUserAgent: string = `grpc-${connectUserAgent}`;

/** A gRPC call; gRPC-Web differs in its content types and in where the trailers are. */
export class GrpcClientExchange implements ClientExchange {
  readonly enveloped: Envelopes = envelopes;
  readonly setup: ClientSetup;
  readonly accepted: CompressionTable;
  /** What the request's content type is, and the same without or with the codec. */
  readonly contentType: string;
  readonly contentTypeAlias: string | undefined;
  /** How the content types of this protocol begin. */
  readonly family: string;
  headers: HeaderMap | undefined = undefined;
  /** What is wrong with the body. */
  failure: ConnectError | undefined = undefined;

  constructor(setup: ClientSetup, contentType: string, contentTypeAlias: string | undefined, family: string) {
    this.setup = setup;
    this.accepted = compressionTable(setup.acceptCompression);
    this.contentType = contentType;
    this.contentTypeAlias = contentTypeAlias;
    this.family = family;
  }

  requestHead(): RequestHead {
    const headers = new HeaderMap();
    // "te" tells proxies that drop trailers from those that do not. HTTP must not compress the whole body.
    headers.list.push("content-type", this.contentType, "te", "trailers", "accept-encoding", "identity");
    this.appendCommon(headers.list);
    return { method: "POST", path: this.setup.path, headers };
  }

  /** What gRPC and gRPC-Web have in common. */
  appendCommon(list: string[]): void {
    const { setup, accepted } = this;
    if (setup.sendCompression !== undefined) list.push("grpc-encoding", setup.sendCompression.name);
    if (accepted.names !== "") list.push("grpc-accept-encoding", accepted.names);
    if (setup.timeoutMs !== undefined) {
      const timeout = encodeGrpcTimeout(setup.timeoutMs);
      if (timeout !== undefined) list.push("grpc-timeout", timeout);
    }
    if (!setup.headers.has("user-agent")) list.push("user-agent", grpcUserAgent);
    appendUserHeaders(list, setup.headers);
  }

  responseHead(status: number, headers: HeaderMap): ResponseBody {
    this.headers = headers;
    const error =
      status === 200
        ? checkContentType(headers, this.contentType, this.contentTypeAlias, this.family)
        : httpStatusError(status, headers);
    if (error !== undefined) {
      // A status that was given is used, whatever the rest looks like: http-grpc-status-mapping.md.
      const given = headers.has("grpc-status") ? endFromHeaders(headers).error : undefined;
      return { type: "failed", headers, error: given ?? error };
    }
    const encoding = headers.get("grpc-encoding") ?? undefined;
    if (!isCompressed(encoding)) return { type: "envelopes", headers, compression: undefined };
    const compression = responseCompression(this.accepted, this.setup.sendCompression, encoding);
    return compression === undefined
      ? { type: "failed", headers, error: unknownResponseCompression(this.accepted, encoding, headers) }
      : { type: "envelopes", headers, compression };
  }

  endEnvelope(flags: number, _payload: Uint8Array): void {
    this.failure = this.broken(`an envelope of the response has the invalid flags ${flags}`);
  }

  end(trailers: HeaderMap | undefined, _body: Uint8Array | undefined, extraBytes: number): CallEnd {
    if (this.failure !== undefined) return { error: this.failure, trailers: trailers ?? new HeaderMap() };
    if (trailers === undefined || trailers.list.length === 0) return this.endWithoutTrailers(extraBytes);
    return endFromTrailers(trailers, this.headers);
  }

  /** Trailers-only: the head counts when there is nothing else. */
  endWithoutTrailers(bodyBytes: number): CallEnd {
    const { headers } = this;
    if (bodyBytes === 0 && headers?.has("grpc-status")) return endFromHeaders(headers);
    return {
      error: this.broken("the response ended without trailers and so without grpc-status: was it cut by a proxy?"),
      trailers: new HeaderMap(),
    };
  }

  broken(message: string): ConnectError {
    return ConnectError.remote("internal", message, { metadata: new HeaderMap(this.headers) });
  }
}
