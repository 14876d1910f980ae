// A file of its own: a client of gRPC-Web has the exchange without it.
import { checkOptions } from "../../check-options.js";
import type { ClientExchange, ClientProtocol, ClientSetup } from "../protocol.js";
import { GrpcClientExchange } from "./client-exchange.js";

const bare = "application/grpc";
const family = "application/grpc+";

/**
 * The gRPC protocol. It needs HTTP/2 from end to end, for its trailers.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 * @throws TypeError for an option: it has none
 */
export function grpc(options: Readonly<Record<string, never>> = {}): ClientProtocol {
  checkOptions("grpc", options, {}, ["useHttpGet", "only Connect has GET: connect({ ... })"]);
  return {
    name: "grpc",
    needsTrailers: true,
    spoken: "gRPC there, and not only Connect or gRPC-Web?",
    open(setup: ClientSetup): ClientExchange {
      const { name } = setup.codec;
      // The short form for proto: some frontends know no other.
      return name === "proto"
        ? new GrpcClientExchange(setup, bare, family + name, family)
        : new GrpcClientExchange(setup, family + name, undefined, family);
    },
  };
}
