// The pairs with one peer: each peer has its file.
import { behindGateway } from "./behind-gateway.js";
import { curl } from "./curl.js";
import { ourClient, ourFetchClient } from "./ours.js";
import type { Wire } from "./peer.js";
import { PeerProgram, programPath } from "./peer-program.js";
import { runPairs } from "./run-pairs.js";

const grpcJs = new PeerProgram("grpc-js", [process.execPath, programPath("grpc-js.mjs")]);
const behind = () => behindGateway(grpcJs.server());
const wires: readonly Wire[] = [
  { protocol: "connect", codec: "json", http: "2" },
  { protocol: "grpc", codec: "binary", http: "2" },
  { protocol: "grpc-web", codec: "binary", http: "2" },
];

runPairs([
  ...wires.map((wire) => ({ client: ourClient, server: behind, wire })),
  { client: ourFetchClient, server: behind, wire: { protocol: "connect", codec: "json", http: "1.1" } },
  { client: curl, server: behind, wire: { protocol: "connect", codec: "json", http: "2" } },
]);
