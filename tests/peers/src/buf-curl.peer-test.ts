// The pairs with one peer: each peer has its file.
import { bufCurl, bufLacks } from "./buf-curl.js";
import { ourServer } from "./ours.js";
import type { Wire } from "./peer.js";
import { runPairs } from "./run-pairs.js";

const wires: readonly Wire[] = [
  { protocol: "connect", codec: "binary", http: "1.1" },
  { protocol: "connect", codec: "binary", http: "2" },
  { protocol: "grpc", codec: "binary", http: "2" },
  { protocol: "grpc-web", codec: "binary", http: "1.1" },
  { protocol: "grpc-web", codec: "binary", http: "2" },
];

runPairs(wires.map((wire) => ({ client: bufCurl, server: ourServer, wire, lacks: bufLacks(wire) })));
