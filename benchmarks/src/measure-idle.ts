import { type Figure, type Figures, Pair } from "./measure.js";
import type { PeerName } from "./peers/index.js";
import { idle } from "./scenarios.js";

/** Resident memory per open stream on each side, in KB. */
export async function measureIdle(peers: readonly PeerName[]): Promise<Figures> {
  const figures = new Map<PeerName, Figure>();
  for (const peer of idle.peers.filter((name) => peers.includes(name))) figures.set(peer, await measureOne(peer));
  return figures;
}

async function measureOne(peer: PeerName): Promise<Figure> {
  const pair = new Pair();
  try {
    await pair.start(peer, { wire: "grpc" });
    // What is loaded and compiled with the first calls is not the streams'.
    await pair.client.do({ type: "load", load: { method: "chat", messages: 10, inFlight: 50, cpuMs: 200 } });
    const before = await memory(pair);
    await pair.client.do({ type: "idle", connections: idle.connections, streams: idle.streams });
    const after = await memory(pair);
    const perStream = (side: keyof Figure): number => (after[side] - before[side]) / 1024 / idle.streams;
    return { client: perStream("client"), server: perStream("server") };
  } finally {
    await pair.stop();
  }
}

async function memory({ client, server }: Pair): Promise<Figure> {
  return {
    client: await client.do<number>({ type: "settledMemory" }),
    server: await server.do<number>({ type: "settledMemory" }),
  };
}
