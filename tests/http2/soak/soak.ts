// Many calls of all kinds over HTTP/2, some of which are canceled, come too late or fail, while the server says GOAWAY again and
// again. Counts those that are lost (they fail though nobody made them fail, or never end) and those that ran twice, and looks at
// memory. Exits with 1 when there are any, or memory grows.
import { type CallOptions, ConnectError, grpc } from "@connect-ts/runtime";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { pingService } from "../../behaviour/ping-service.js";
import { createPingServiceClient, createPingServiceHandler } from "../../gen/src/ping/v1/ping_connect.js";

const [calls = 100_000] = process.argv.slice(2).map(Number);
const inFlight = 128;
/** No call takes longer than that, in milliseconds. */
const endlessMs = 60_000;
const goawayMs = 50;
const megabyte = 1_048_576;
const { random, floor } = Math;

/** How often each call that is counted ran, until its caller has looked. */
const ran = new Map<bigint, number>();
const server = await serve({
  handlers: createPingServiceHandler({
    ...pingService(),
    ping(request, context) {
      ran.set(request.number, (ran.get(request.number) ?? 0) + 1);
      if (request.delayMs === 0) return { number: request.number, data: request.data };
      const service = pingService();
      return service.ping(request, context);
    },
  }),
  host: "127.0.0.1",
  onError: () => undefined,
});
const transport = createNodeTransport({ baseUrl: server.url, protocol: grpc(), http: "2", maxConnections: 4 });
const client = createPingServiceClient(transport);

/** What the server has of HTTP/2 connections: no public name leads there. */
interface Connections {
  readonly connections: { readonly all: ReadonlySet<{ readonly connection: { shutdown(): void } }> };
}
let goaways = 0;
const chaos = setInterval(() => {
  const all = [...(server as unknown as Connections).connections.all];
  const chosen = all[floor(random() * all.length)];
  if (chosen === undefined) return;
  goaways++;
  chosen.connection.shutdown();
}, goawayMs);

const counts = { ok: 0, canceled: 0, late: 0, failed: 0, lost: 0, twice: 0 };
const reasons = new Map<string, number>();

async function* numbers(count: number) {
  for (let i = 0; i < count; i++) yield { number: 1n };
}

/** One call of a random kind; what it answers is checked. */
async function answered(number: bigint, options: CallOptions): Promise<boolean> {
  const count = 1 + floor(random() * 8);
  const padding = new Uint8Array(random() < 0.02 ? 100_000 : 20);
  switch (floor(random() * 8)) {
    case 0: {
      let last = 0n;
      for await (const message of client.countUp({ number: BigInt(count), padding }, options)) last = message.number;
      return last === BigInt(count);
    }
    case 1:
      return (await client.sum(numbers(count), options)).sum === BigInt(count);
    case 2: {
      let last = 0n;
      for await (const { sum } of client.cumSum(numbers(count), options)) last = sum;
      return last === BigInt(count);
    }
    case 3:
      // The caller leaves in the middle.
      for await (const _ of client.countUp({ number: 1000n, padding }, options)) break;
      return true;
    default: {
      const response = await client.ping({ number, data: padding }, options);
      if ((ran.get(number) ?? 0) === 0) return false;
      return response.number === number && response.data.length === padding.length;
    }
  }
}

async function one(number: bigint): Promise<void> {
  const fate = random();
  try {
    if (fate < 0.08) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), random() * 10);
      await client.ping({ number, delayMs: 5000 }, { signal: controller.signal });
    } else if (fate < 0.1) {
      await client.ping({ number, delayMs: 5000 }, { timeoutMs: 1 + random() * 20 });
    } else if (fate < 0.12) {
      await client.fail({ code: 9, message: "on purpose" });
    } else if (await answered(number, { timeoutMs: endlessMs })) {
      counts.ok++;
    } else {
      lost("a wrong answer");
    }
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    if (fate < 0.08 && error.code === "canceled") counts.canceled++;
    else if (fate >= 0.08 && fate < 0.1 && error.code === "deadline_exceeded") counts.late++;
    else if (fate >= 0.1 && fate < 0.12 && error.code === "failed_precondition") counts.failed++;
    else lost(error.message);
  }
  if ((ran.get(number) ?? 0) > 1) counts.twice++;
  ran.delete(number);
}

function lost(reason: string): void {
  counts.lost++;
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
}

function heap(): number {
  for (let i = 0; i < 3; i++) (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed / megabyte;
}

let begun = 0;
/** Megabytes at each tenth of the way; the first is when all is warm. */
const heaps: number[] = [];
async function work(): Promise<void> {
  while (begun < calls) {
    if (begun % Math.ceil(calls / 10) === 0 && begun > 0) {
      // Calls that were given up before they came to the server ran when nobody looked any more.
      for (const number of ran.keys()) if (number < BigInt(begun - 100 * inFlight)) ran.delete(number);
      heaps.push(heap());
      console.log(`${begun} calls, ${goaways} GOAWAY, ${heaps.at(-1)?.toFixed(1)} MB, ${JSON.stringify(counts)}`);
    }
    await one(BigInt(begun++));
  }
}

const start = performance.now();
await Promise.all(Array.from({ length: inFlight }, work));
clearInterval(chaos);
transport.close?.();
await server.close();
const seconds = (performance.now() - start) / 1000;
const grown = heap() - (heaps[0] ?? 0);
console.log(
  `soak: ${calls} calls in ${seconds.toFixed(0)} s, ${goaways} GOAWAY, heap ${grown.toFixed(1)} MB more than at a tenth, ${JSON.stringify(counts)}`,
);
for (const [reason, count] of reasons) console.log(`  lost ${count} times: ${reason}`);
if (counts.lost > 0 || counts.twice > 0 || grown > 16) process.exitCode = 1;
