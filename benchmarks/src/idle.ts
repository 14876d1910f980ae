// A file of its own: processes with idle calls load it, and nothing else of the benchmark.
import type { Client } from "./peers/peer.js";

/** Calls that are opened at the same time. */
const batch = 100;

/** Opens calls that stay open, the same number on each connection. */
export async function openIdle(connect: () => Client, connections: number, streams: number): Promise<void> {
  for (let i = 0; i < connections; i++) {
    const client = connect();
    for (let left = streams / connections; left > 0; left -= batch) {
      await Promise.all(Array.from({ length: Math.min(batch, left) }, async () => client.idle?.()));
    }
  }
}
