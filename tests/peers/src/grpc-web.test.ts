// The pairs with one peer: each peer has its file.
import { ourServer } from "./ours.js";
import { PeerProgram, programPath } from "./peer-program.js";
import { runPairs } from "./run-pairs.js";

/** The client of browsers, on an XMLHttpRequest for Node. */
const program = new PeerProgram("grpc-web", [process.execPath, programPath("grpc-web.mjs")]);
const grpcWeb = () =>
  program.client({
    "client streaming": "browsers cannot",
    bidi: "browsers cannot",
    "endless responses": "an XMLHttpRequest keeps the whole response",
    "compressed requests": "it has no compression",
    "compressed responses": "it has no compression",
  });

runPairs([
  { client: grpcWeb, server: ourServer, wire: { protocol: "grpc-web", codec: "binary", http: "1.1" } },
  { client: grpcWeb, server: ourServer, wire: { protocol: "grpc-web-text", codec: "binary", http: "1.1" } },
]);
