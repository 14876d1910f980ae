import type { ClientExchange, ClientProtocol, ClientSetup } from "../protocol.js";
import { GrpcClientExchange } from "./client-exchange.js";

const bare = "application/grpc";
const family = "application/grpc+";

/**
 * The gRPC protocol. It needs HTTP/2 from end to end, for its trailers.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export function grpc(): ClientProtocol {
  return {
    name: "grpc",
    needsTrailers: true,
    open(setup: ClientSetup): ClientExchange {
      const { name } = setup.codec;
      // The short form for proto: some frontends know no other.
      return name === "proto"
        ? new GrpcClientExchange(setup, bare, family + name, family)
        : new GrpcClientExchange(setup, family + name, undefined, family);
    },
  };
}
