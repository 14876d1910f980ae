// The pairs with one peer: each peer has its file.
import { ourClient, ourServer } from "./ours.js";
import type { Wire } from "./peer.js";
import { PeerProgram, programPath } from "./peer-program.js";
import { runPairs } from "./run-pairs.js";

const grpcJs = new PeerProgram("@grpc/grpc-js", [process.execPath, programPath("grpc-js.mjs")]);
const wire: Wire = { protocol: "grpc", codec: "binary", http: "2" };

runPairs([
  { client: () => grpcJs.client({ "clean resets": "it is on Node's http2" }), server: ourServer, wire },
  { client: ourClient, server: () => grpcJs.server({ "compressed responses": "its server never compresses" }), wire },
]);
