import { ourClient, ourServer } from "./ours.js";
import type { Feature, Wire } from "./peer.js";
import { PeerProgram, programPath } from "./peer-program.js";
import { runPairs } from "./run-pairs.js";

const connectNode = new PeerProgram("@connectrpc/connect-node", [process.execPath, programPath("connect-node.mjs")]);

const wires: readonly Wire[] = [
  { protocol: "connect", codec: "json", http: "1.1" },
  { protocol: "connect", codec: "json", http: "1.1", get: true },
  { protocol: "connect", codec: "binary", http: "2" },
  { protocol: "connect", codec: "binary", http: "2", get: true },
  { protocol: "grpc", codec: "binary", http: "2" },
  { protocol: "grpc", codec: "json", http: "2" },
  { protocol: "grpc-web", codec: "binary", http: "1.1" },
  { protocol: "grpc-web", codec: "json", http: "2" },
];

/** Over HTTP/1.1 responses begin when requests have ended. */
function lacks({ http }: Wire): Partial<Record<Feature, string>> {
  return http === "1.1" ? { bidi: "HTTP/1.1 is half duplex" } : {};
}

runPairs(
  wires.flatMap((wire) => [
    {
      client: () => connectNode.client({ "clean resets": "it is on Node's http2" }),
      server: ourServer,
      wire,
      lacks: { ...lacks(wire), ...(wire.get && { "long requests": "it does not fall back to POST" }) },
    },
    { client: ourClient, server: () => connectNode.server(), wire, lacks: lacks(wire) },
  ]),
);
