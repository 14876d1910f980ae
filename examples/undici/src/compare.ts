// What undici gains: CPU time of the client's process for a unary call, with the one stack and the other in turns.
import { fork } from "node:child_process";
import { createNodeHttpClient, serve } from "@connect-ts/runtime/node";
import { createTransport, type HttpClient } from "@connect-ts/runtime/transport";
import { createElizaServiceClient } from "../../eliza/src/gen/connectrpc/eliza/v1/eliza_connect.js";
import { elizaHandler } from "../../eliza/src/service.js";
import { createUndiciHttpClient } from "./undici-http-client.js";

const rounds = 9;
const callsOfRound = 4000;
const inFlight = 64;

if (process.send === undefined) await compare();
else process.send((await serve({ handlers: elizaHandler, host: "127.0.0.1" })).port);

async function compare(): Promise<void> {
  const server = fork(new URL(import.meta.url));
  const port = await new Promise((resolve) => server.once("message", resolve));
  const baseUrl = `http://127.0.0.1:${port}`;
  const stacks: Record<string, HttpClient> = {
    "node:http": createNodeHttpClient({ baseUrl, http: "1.1", maxConnections: inFlight }),
    undici: createUndiciHttpClient(baseUrl, { connections: inFlight }),
  };
  const micros = new Map(Object.keys(stacks).map((name) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, http] of Object.entries(stacks)) {
      const eliza = createElizaServiceClient(createTransport({ baseUrl, http }));
      const before = process.cpuUsage();
      await Promise.all(
        Array.from({ length: inFlight }, async () => {
          for (let i = 0; i < callsOfRound / inFlight; i++) await eliza.say({ sentence: "I feel tired." });
        }),
      );
      const { user, system } = process.cpuUsage(before);
      // The first round warms up.
      if (round > 0) micros.get(name)?.push((user + system) / callsOfRound);
    }
  }
  for (const [name, list] of micros) {
    const median = list.sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
    console.log(`${name.padEnd(10)} ${median.toFixed(1)} µs of the client's CPU time for a call`);
  }
  for (const http of Object.values(stacks)) http.close?.();
  server.kill();
}
