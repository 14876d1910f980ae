// The pairs with one peer: each peer has its file.
import { ourClient, ourServer } from "./ours.js";
import type { Wire } from "./peer.js";
import { PeerProgram, programPath } from "./peer-program.js";
import { runPairs } from "./run-pairs.js";

/** Debian's Python has Debian's grpcio; another one that comes first in the path may not. */
const grpcio = new PeerProgram("grpcio (C core)", ["/usr/bin/python3", programPath("grpcio.py")]);
const wire: Wire = { protocol: "grpc", codec: "binary", http: "2" };

runPairs([
  { client: () => grpcio.client(), server: ourServer, wire },
  { client: ourClient, server: () => grpcio.server(), wire },
]);
