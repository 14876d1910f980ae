import { afterAll, beforeAll, describe, it } from "@jest/globals";
import { checks, type Running } from "./checks.js";
import { type Feature, type Pair, wireName } from "./peer.js";

/** Makes a test of every check and pair, but for what a pair lacks. */
export function runPairs(pairs: readonly Pair[]): void {
  const peers: { close(): Promise<void> }[] = [];
  // Pairs share a peer's process, which takes longer to start than many of the checks take.
  afterAll(async () => {
    for (const peer of peers) await peer.close();
  }, 10_000);
  for (const pair of pairs) {
    const client = pair.client();
    const server = pair.server();
    peers.push(client, server);
    const lacks = new Set<Feature>(
      [client.lacks, server.lacks, pair.lacks ?? {}].flatMap((some) => Object.keys(some) as Feature[]),
    );
    describe(`${client.name} to ${server.name}: ${wireName(pair.wire)}`, () => {
      let running: Running & { close(): Promise<void> };
      beforeAll(async () => {
        running = await start(pair, client, server);
      }, 20_000);
      afterAll(() => running?.close(), 10_000);
      for (const check of checks) {
        if (check.needs.some((feature) => lacks.has(feature))) continue;
        it(check.name, () => check.run(running), 20_000);
      }
    });
  }
}

async function start(
  { wire }: Pair,
  clients: ReturnType<Pair["client"]>,
  servers: ReturnType<Pair["server"]>,
): Promise<Running & { close(): Promise<void> }> {
  const server = await servers.serve(wire, false);
  const client = await clients.open(server.url, wire, false);
  return {
    wire,
    client,
    server,
    deadlineMs: clients.deadlineMs,
    async compressing(relayed) {
      const compressingServer = await servers.serve(wire, true);
      const compressingClient = await clients.open(await relayed(compressingServer.url), wire, true);
      return {
        client: compressingClient,
        async close() {
          await compressingClient.close();
          await compressingServer.close();
        },
      };
    },
    async close() {
      await client.close();
      await server.close();
    },
  };
}
