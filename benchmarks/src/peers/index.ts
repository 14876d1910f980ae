// The list of peers; each stands in a file of its own, so that it is loaded alone.
import type { Peer } from "./peer.js";

/** Loaded one by one, so that no process has another stack's code in its memory. */
export const peers: Readonly<Record<PeerName, () => Promise<Peer>>> = {
  raw: async () => (await import("./raw-h2.js")).rawH2,
  "raw-http1": async () => (await import("./raw-h1.js")).rawH1,
  "connect-ts": async () => (await import("./ours.js")).ours,
  "connect-ts-codecs": async () => (await import("./ours-codecs.js")).oursCodecs,
  "grpc-js": async () => (await import("./grpc-js.js")).grpcJs,
  "connect-node": async () => (await import("./connect-node.js")).connectNode,
  "nice-grpc": async () => (await import("./nice-grpc.js")).niceGrpc,
  trpc: async () => (await import("./trpc.js")).trpcPeer,
};

export type PeerName =
  | "raw"
  | "raw-http1"
  | "connect-ts"
  | "connect-ts-codecs"
  | "grpc-js"
  | "connect-node"
  | "nice-grpc"
  | "trpc";
