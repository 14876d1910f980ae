import { checkOptions } from "../../check-options.js";
import { HeaderMap } from "../../http/header-map.js";
import { GrpcClientExchange, grpcUserAgent } from "../grpc/client-exchange.js";
import { endFromTrailers } from "../grpc/status.js";
import type { CallEnd, ClientExchange, ClientProtocol, ClientSetup, RequestHead } from "../protocol.js";
import { BodyMetadata } from "../shared/body-metadata.js";
import { readTrailerFrame, trailerFlag } from "./trailer-frame.js";

const bare = "application/grpc-web";
const family = "application/grpc-web+";

/**
 * The gRPC-Web protocol: gRPC with its trailers in the body, for browsers and HTTP/1.1.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md
 * @throws TypeError for an option: it has none
 */
export function grpcWeb(options: Readonly<Record<string, never>> = {}): ClientProtocol {
  checkOptions("grpcWeb", options, {}, ["useHttpGet", "only Connect has GET: connect({ ... })"]);
  return {
    name: "grpc-web",
    needsTrailers: false,
    open(setup: ClientSetup): ClientExchange {
      const { name } = setup.codec;
      return new GrpcWebClientExchange(setup, family + name, name === "proto" ? bare : undefined, family);
    },
  };
}

class GrpcWebClientExchange extends GrpcClientExchange {
  trailers: HeaderMap | undefined = undefined;

  override requestHead(): RequestHead {
    const { headers: userHeaders, path } = this.setup;
    const headers = new HeaderMap();
    headers.list.push("content-type", this.contentType, "accept-encoding", "identity");
    // Browsers forbid to set User-Agent.
    if (!userHeaders.has("x-user-agent")) headers.list.push("x-user-agent", grpcUserAgent);
    if (!userHeaders.has("x-grpc-web")) headers.list.push("x-grpc-web", "1");
    this.appendCommon(headers.list);
    return { method: "POST", path, headers };
  }

  override endEnvelope(flags: number, payload: Uint8Array): void {
    if ((flags & ~1) === trailerFlag) {
      const metadata = new BodyMetadata(this.setup.headerLimits);
      readTrailerFrame(payload, metadata);
      this.trailers = metadata.trailers;
      this.failure = metadata.error;
    } else super.endEnvelope(flags, payload);
  }

  override end(_trailers: HeaderMap | undefined, _body: Uint8Array | undefined, extraBytes: number): CallEnd {
    if (this.failure !== undefined) return { error: this.failure, trailers: new HeaderMap() };
    const { trailers } = this;
    if (trailers === undefined) return this.endWithoutTrailers(extraBytes);
    if (extraBytes > 0) {
      return {
        error: this.broken(`corrupt response: ${extraBytes} extra bytes after end of stream`),
        trailers: endFromTrailers(trailers, undefined).trailers,
      };
    }
    return endFromTrailers(trailers, this.headers);
  }
}
