// Which library is which client: beside them, so that each of their files stays one library's.
import { connectNodeClient } from "./connect-node.js";
import { grpcJsClient } from "./grpc-js.js";
import { ourClient } from "./ours.js";
import type { PeerClient, PeerName, Wire } from "./outcome.js";

export function clientOf(peer: PeerName, url: string, wire: Wire): PeerClient {
  switch (peer) {
    case "ours":
      return ourClient(url, wire);
    case "grpc-js":
      return grpcJsClient(url);
    case "connect-node":
      return connectNodeClient(url, wire);
  }
}
