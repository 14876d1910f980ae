// Many calls of all kinds over HTTP/2, in each protocol, some of which are canceled, come too late or fail, while the server resets
// streams and says GOAWAY again and again. Counts those that are lost (they fail though nobody made them fail, or never end) and
// those that ran twice, and looks at memory. Exits with 1 when there are any, or memory grows.
import { parseArgs } from "node:util";
import { type CallOptions, ConnectError, connect, grpc, grpcWeb, type HandlerContext } from "@connect-ts/runtime";
import { ErrorCode } from "@connect-ts/runtime/http2";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { pingService } from "../../behaviour/ping-service.js";
import { createPingServiceClient, createPingServiceHandler } from "../../gen/src/ping/v1/ping_connect.js";
import { Sum } from "./sum.js";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { state: { type: "string" }, runtime: { type: "string", default: "" }, seconds: { type: "string" } },
});
const wanted = Number(positionals[0] ?? 100_000);
const sum = new Sum(options.state, options.runtime);
const calls = Math.max(0, wanted - sum.calls);
const endAt = performance.now() + Number(options.seconds ?? Number.POSITIVE_INFINITY) * 1000;
const inFlight = 192;
/** No call takes longer than that, in milliseconds. */
const endlessMs = 60_000;
/** So many calls begin between two GOAWAYs, and between two resets. */
const callsPerGoaway = 64;
const callsPerReset = 100;
/** So many messages are in a stream that its caller leaves; of some, more than windows hold. */
const [leftMessages, manyMessages] = [40n, 1000n];
const megabyte = 1_048_576;
const { random, floor } = Math;

/** How often each call ran, until its caller has looked. */
const ran = new Map<number, number>();
/** The number of a call, for handlers. */
const callHeader = "x-call";

/** A handler that counts its calls. */
function counted<A, R>(
  handler: (request: A, context: HandlerContext) => R,
): (request: A, context: HandlerContext) => R {
  return (request, context) => {
    const number = Number(context.requestHeaders.get(callHeader));
    ran.set(number, (ran.get(number) ?? 0) + 1);
    return handler(request, context);
  };
}

/** Keeps nothing, where the service tells how its calls went. */
class Forgets<T> extends Array<T> {
  override push(): number {
    return 0;
  }
}
const service = pingService({ finished: new Forgets(), aborted: new Forgets() });
const server = await serve({
  handlers: createPingServiceHandler({
    ping: counted(service.ping),
    fail: counted(service.fail),
    sum: counted(service.sum),
    countUp: counted(service.countUp),
    cumSum: counted(service.cumSum),
  }),
  host: "127.0.0.1",
  onError: () => undefined,
});
const transports = [connect(), grpc(), grpcWeb()].map((protocol) =>
  createNodeTransport({ baseUrl: server.url, protocol, http: "2", maxConnections: 4 }),
);
const clients = transports.map((transport) => createPingServiceClient(transport));

/** What the server has of HTTP/2 connections: no public name leads there. */
interface Connections {
  readonly connections: { readonly all: ReadonlySet<{ readonly connection: Connection }> };
}
interface Connection {
  readonly streams: ReadonlyMap<number, { reset(code: number): void }>;
  shutdown(): void;
}
function anyConnection(): Connection | undefined {
  const all = [...(server as unknown as Connections).connections.all];
  return all[floor(random() * all.length)]?.connection;
}

/** What a reset with each code is for its caller. */
const resets = [
  [ErrorCode.cancel, "canceled"],
  [ErrorCode.internalError, "internal"],
  [ErrorCode.enhanceYourCalm, "resource_exhausted"],
] as const;
const counts = { ok: 0, canceled: 0, late: 0, failed: 0, reset: 0, lost: 0, twice: 0 };
const made = { goaways: 0, resets: 0 };
const reasons = new Map<string, number>();

/** Calls begin, and around them this happens. */
function trouble(number: number): void {
  if (number % callsPerGoaway === 0) {
    anyConnection()?.shutdown();
    made.goaways++;
  }
  if (number % callsPerReset === 0) {
    const streams = [...(anyConnection()?.streams.values() ?? [])];
    if (streams.length === 0) return;
    streams[floor(random() * streams.length)]?.reset(resets[made.resets % resets.length]?.[0] as number);
    made.resets++;
  }
}

async function* numbers(count: number) {
  for (let i = 0; i < count; i++) yield { number: 1n };
}

/** One call of a random kind; what it answers is checked. */
async function answered(number: number, options: CallOptions): Promise<boolean> {
  const client = clients[number % clients.length] as (typeof clients)[number];
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
    case 3: {
      // The caller leaves in the middle.
      const messages = random() < 0.02 ? manyMessages : leftMessages;
      let left = count;
      for await (const _ of client.countUp({ number: messages, padding }, options)) if (--left === 0) break;
      return left === 0;
    }
    default: {
      const response = await client.ping({ number: BigInt(number), data: padding }, options);
      return response.number === BigInt(number) && response.data.length === padding.length;
    }
  }
}

async function one(number: number): Promise<void> {
  trouble(number);
  const client = clients[number % clients.length] as (typeof clients)[number];
  const headers = { [callHeader]: String(number) };
  const fate = random();
  try {
    if (fate < 0.08) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), random() * 10);
      await client.ping({ delayMs: 5000 }, { headers, signal: controller.signal });
    } else if (fate < 0.1) {
      await client.ping({ delayMs: 5000 }, { headers, timeoutMs: 1 + random() * 20 });
    } else if (fate < 0.12) {
      await client.fail({ code: 9, message: "on purpose" }, { headers });
    } else if (!(await answered(number, { headers, timeoutMs: endlessMs }))) {
      lost("a wrong answer");
    } else if (!ran.has(number)) {
      lost("an answer, though no handler ran");
    } else {
      counts.ok++;
    }
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    if (fate < 0.08 && error.code === "canceled") counts.canceled++;
    else if (fate >= 0.08 && fate < 0.1 && error.code === "deadline_exceeded") counts.late++;
    else if (fate >= 0.1 && fate < 0.12 && error.code === "failed_precondition") counts.failed++;
    else if (resets.some(([, code]) => code === error.code) && /reset|RST_STREAM/.test(error.message)) counts.reset++;
    else lost(`${error.code}: ${error.message}`);
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

/** At least so often, memory is looked at. */
const look = Math.min(100_000, Math.ceil(calls / 10));
let begun = 0;
/** Megabytes at each look; the first is when all is warm. */
const heaps: number[] = [];
async function work(): Promise<void> {
  while (begun < calls && performance.now() < endAt) {
    if (begun % look === 0 && begun > 0) {
      // Calls that were given up before they came to the server ran when nobody looked any more.
      for (const number of ran.keys()) if (number < begun - 10 * inFlight) ran.delete(number);
      heaps.push(heap());
      console.log(`${begun} calls, ${JSON.stringify(made)}, ${heaps.at(-1)?.toFixed(1)} MB, ${JSON.stringify(counts)}`);
    }
    await one(begun++);
  }
}

const start = performance.now();
await Promise.all(Array.from({ length: inFlight }, work));
for (const transport of transports) transport.close?.();
await server.close();
const seconds = Math.round((performance.now() - start) / 1000);
const heapGrown = Number((heap() - (heaps[0] ?? 0)).toFixed(1));
if (counts.reset > made.resets) lost(`${counts.reset} calls were reset, where ${made.resets} resets were made`);
for (const [reason, count] of reasons) console.log(`  lost ${count} times: ${reason}`);
sum.add({ calls: begun, seconds, ...made, ...counts, heapGrown });
console.log(
  `this run: ${begun} calls in ${seconds} s, heap ${heapGrown} MB more than at its first look, ${JSON.stringify(counts)}`,
);
console.log(sum.text(wanted));
if (!sum.isGood()) process.exitCode = 1;
