import type { Load } from "./commands.js";
import type { PeerName } from "./peers/index.js";
import type { Setup } from "./peers/peer.js";

/** What to hold ours to: PERFORMANCE of the product, as ratios of CPU time in one run. */
export interface Target {
  readonly text: string;
  readonly of: "connect-ts" | "connect-ts-codecs";
  readonly against: readonly PeerName[];
  /** CPU time of the fastest of them, divided by ours, is at least this. */
  readonly atLeast: number;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** One operation. */
  readonly unit: string;
  readonly peers: readonly PeerName[];
  readonly setup: Omit<Setup, "tls"> & { readonly tls?: boolean };
  readonly load: Omit<Load, "cpuMs">;
  /** Objects that each process keeps, of some 130 bytes. @default 0: the process does nothing else */
  readonly heldObjects?: number;
  /** Stacks are measured one after the other: in a process that waits for its turn, V8's garbage collector prepares for little memory. */
  readonly withoutTurns?: true;
  readonly targets?: readonly Target[];
}

const grpcPeers = ["raw", "connect-ts", "connect-ts-codecs", "grpc-js", "nice-grpc", "connect-node"] as const;
const withoutNice = ["raw", "connect-ts", "connect-ts-codecs", "grpc-js", "connect-node"] as const;
const http1Peers = ["raw-http1", "connect-ts", "connect-ts-codecs", "connect-node", "trpc"] as const;

const unary = { messages: 1, inFlight: 64 } as const;
const grpc = { wire: "grpc" } as const;

/** At most `limit` times the CPU time of the bare transport. */
function nearRaw(limit: number): Target {
  return { text: `at most ${limit} × the bare transport`, of: "connect-ts", against: ["raw"], atLeast: 1 / limit };
}

function faster(atLeast: number, ...against: PeerName[]): Target {
  return { text: `at least ${atLeast} × as fast as ${against.join(" and ")}`, of: "connect-ts", against, atLeast };
}

function withCodecs(...targets: Target[]): Target[] {
  return targets.map((target) => ({ ...target, text: `generated codecs: ${target.text}`, of: "connect-ts-codecs" }));
}

const largeEcho: Scenario = {
  name: "blob",
  title: "Unary, echo of 1 MiB, 4 in flight, without compression",
  unit: "call",
  peers: grpcPeers,
  setup: { ...grpc, compression: false },
  load: { method: "blob", messages: 1, inFlight: 4 },
  withoutTurns: true,
  targets: [
    faster(2, "grpc-js", "nice-grpc", "connect-node"),
    ...withCodecs(faster(3, "grpc-js", "nice-grpc", "connect-node")),
  ],
};

export const scenarios: readonly Scenario[] = [
  {
    name: "unary",
    title: "Unary, tiny message, 64 in flight",
    unit: "call",
    peers: grpcPeers,
    setup: grpc,
    load: { method: "tiny", ...unary },
    targets: [
      nearRaw(1.9),
      faster(1.6, "grpc-js"),
      faster(6, "connect-node"),
      ...withCodecs(nearRaw(1.45), faster(2, "grpc-js"), faster(8, "connect-node")),
    ],
  },
  {
    name: "unary-serial",
    title: "Unary, tiny message, one at a time",
    unit: "call",
    peers: grpcPeers,
    setup: grpc,
    load: { method: "tiny", messages: 1, inFlight: 1 },
    targets: [nearRaw(0.7), ...withCodecs(nearRaw(0.7))],
  },
  {
    name: "unary-interceptors",
    title: "Unary, tiny message, 64 in flight, an interceptor on both sides",
    unit: "call",
    peers: grpcPeers.slice(1),
    setup: { ...grpc, interceptors: true },
    load: { method: "tiny", ...unary },
  },
  {
    name: "unary-deadline",
    title: "Unary, tiny message, 64 in flight, with a deadline",
    unit: "call",
    peers: withoutNice.slice(1),
    setup: { ...grpc, timeoutMs: 10_000 },
    load: { method: "tiny", ...unary },
  },
  {
    name: "unary-tls",
    title: "Unary, tiny message, 64 in flight, TLS",
    unit: "call",
    peers: withoutNice,
    setup: { ...grpc, tls: true },
    load: { method: "tiny", ...unary },
  },
  {
    name: "nested",
    title: "Unary, nested message of 1.5 KB, 64 in flight",
    unit: "call",
    peers: grpcPeers,
    setup: grpc,
    load: { method: "nested", ...unary },
    targets: [faster(1.4, "grpc-js"), ...withCodecs(faster(2, "grpc-js"))],
  },
  largeEcho,
  {
    ...largeEcho,
    name: "blob-heap",
    title: `${largeEcho.title}, in programs with 40 MB of other objects`,
    heldObjects: 300_000,
  },
  {
    name: "blob-compressed",
    title: "Unary, echo of 1 MiB, 4 in flight; connect-ts and connect-node compress responses by default",
    unit: "call",
    peers: grpcPeers.slice(1),
    setup: grpc,
    load: { method: "blob", messages: 1, inFlight: 4 },
  },
  {
    name: "server-streaming",
    title: "Server streaming, messages of 16 bytes",
    unit: "message",
    peers: grpcPeers,
    setup: grpc,
    load: { method: "subscribe", messages: 5_000, inFlight: 1 },
    targets: [faster(5, "grpc-js", "connect-node"), ...withCodecs(faster(10, "grpc-js", "connect-node"))],
  },
  {
    name: "client-streaming",
    title: "Client streaming, messages of 16 bytes",
    unit: "message",
    peers: grpcPeers,
    setup: grpc,
    load: { method: "publish", messages: 5_000, inFlight: 1 },
    targets: [faster(5, "grpc-js", "connect-node"), ...withCodecs(faster(10, "grpc-js", "connect-node"))],
  },
  {
    name: "ping-pong",
    title: "Bidirectional streaming, ping-pong of 16 bytes, 1 stream",
    unit: "round trip",
    peers: grpcPeers,
    setup: grpc,
    load: { method: "chat", messages: 500, inFlight: 1 },
    targets: [nearRaw(1 / 0.8), ...withCodecs(nearRaw(1 / 0.8))],
  },
  {
    name: "json-http1",
    title: "Connect unary with JSON over HTTP/1.1, tiny message, 64 in flight",
    unit: "call",
    peers: http1Peers,
    setup: { wire: "json-http1" },
    load: { method: "tiny", ...unary },
    targets: [faster(4, "connect-node"), ...withCodecs(faster(6, "connect-node"))],
  },
];

/** The scenario that measures memory and not time. */
export const idle = {
  name: "idle",
  title: "Idle bidirectional streams",
  connections: 10,
  streams: 10_000,
  peers: grpcPeers,
  limitKb: 12,
} as const;
