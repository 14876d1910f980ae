// Calls go on while every worker is replaced.
import { createNodeTransport } from "@connect-ts/runtime/node";
import { createElizaServiceClient } from "../../eliza/src/gen/connectrpc/eliza/v1/eliza_connect.js";
import { Workers } from "./cluster.js";
import { freePort } from "./free-port.js";

const port = await freePort();
const workers = new Workers(port);
await Promise.all([workers.start(), workers.start()]);

// Connections are spread over the workers; the calls of one connection stay with its worker.
const transports = Array.from({ length: 4 }, () =>
  createNodeTransport({ baseUrl: `http://127.0.0.1:${port}`, http: "2" }),
);
const clients = transports.map((transport) => createElizaServiceClient(transport));

const servedBy = new Set<string>();
let calls = 0;
let lost = 0;
let stopped = false;

async function callOn(client: (typeof clients)[number]): Promise<void> {
  while (!stopped) {
    calls++;
    try {
      const { headers } = await client.say({ sentence: "I need a break" }).response;
      servedBy.add(headers.get("served-by") ?? "nobody");
    } catch (error) {
      lost++;
      console.log(error);
    }
  }
}

const calling = Promise.all(clients.map(callOn));
while (servedBy.size < 2) await new Promise(setImmediate);
await workers.restart();
const before = calls;
while (calls < before + 200) await new Promise(setImmediate);
stopped = true;
await calling;

console.log(
  `both workers were replaced: ${servedBy.size >= 4 ? "calls were served by old and new ones" : [...servedBy]}`,
);
console.log(`${calls > 400 ? "hundreds of" : calls} calls, ${lost} lost`);
for (const transport of transports) transport.close?.();
await workers.stopAll();
