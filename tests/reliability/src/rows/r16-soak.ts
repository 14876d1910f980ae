import { setTimeout as delay } from "node:timers/promises";
import { clientOf } from "../harness/clients.js";
import { connectH1, connectH2, grpcH2, grpcWebH1, type Method, type PeerClient } from "../harness/outcome.js";
import { type Row, Tally } from "../harness/row.js";
import { random } from "./r01-mutations.js";

const mib = 1024 * 1024;
/** Of each wire, so many calls are open at a time. */
const width = 4;
const methodsOfHttp1: readonly Method[] = ["ping", "ping", "ping", "sum", "countUp"];
/** Both sides at a time: HTTP/2 alone has it. */
const methodsOfHttp2: readonly Method[] = [...methodsOfHttp1, "cumSum"];

/** Megabytes of a process after a collection, and when. */
interface Sample {
  readonly minutes: number;
  readonly server: number;
  readonly client: number;
  /** What objects take of it. */
  readonly serverHeap: number;
  readonly clientHeap: number;
}

export const r16: Row = {
  id: "R16",
  promise:
    "an hour of calls of all kinds, sizes and ends: after the first sixth, memory of either side grows by <= 1 MB in 10 minutes (short form, 6 minutes in which memory is still being reserved: what objects take of it, by <= 10 MB)",
  measures: true,
  peers: ["ours"],
  seconds: [480, 3900],
  async run(run) {
    const minutes = run.long ? 60 : 6;
    const begun = performance.now();
    const elapsed = (): number => (performance.now() - begun) / 60_000;
    const lost = new Tally();
    let calls = 0;
    const lanes = [grpcH2, connectH2, connectH1, grpcWebH1].map(async (wire, index) => {
      const server = await run.server({ http: wire.http });
      const client = clientOf(run.peer, server.url, wire);
      const next = random(index + 1);
      const work = async (): Promise<void> => {
        while (elapsed() < minutes) {
          calls++;
          await oneCall(client, wire.http === "2" ? methodsOfHttp2 : methodsOfHttp1, next, lost);
        }
      };
      const works = Promise.all(Array.from({ length: width }, work));
      return { server, client, works };
    });
    const open = await Promise.all(lanes);
    const samples: Sample[] = [];
    while (elapsed() < minutes) {
      await delay((minutes * 60_000) / 60);
      const states = await Promise.all(open.map(({ server }) => server.state()));
      globalThis.gc?.();
      const mean = (of: "rss" | "heapUsed"): number =>
        states.reduce((sum, { memory }) => sum + memory[of], 0) / open.length / mib;
      const { rss, heapUsed } = process.memoryUsage();
      samples.push({
        minutes: elapsed(),
        server: mean("rss"),
        client: rss / mib,
        serverHeap: mean("heapUsed"),
        clientHeap: heapUsed / mib,
      });
    }
    await Promise.all(open.map(({ works }) => works));
    for (const { client } of open) await client.close();
    for (const [text, count] of lost.counts) run.check(false, `${count} lost with ${text}`);
    const warm = samples.filter((sample) => sample.minutes > minutes / 6);
    const figures = (["server", "client"] as const).map((side) => {
      const slopeOf = (of: keyof Sample): number => 10 * slope(warm.map((sample) => [sample.minutes, sample[of]]));
      const grown = slopeOf(side);
      const heap = slopeOf(`${side}Heap`);
      const judged = run.long ? grown : heap;
      run.check(judged <= (run.long ? 1 : 10), `the ${side}'s memory grows by ${judged.toFixed(1)} MB in 10 minutes`);
      return `${side} ${grown.toFixed(1)} MB (${warm[0]?.[side].toFixed(0)} to ${warm.at(-1)?.[side].toFixed(0)}; objects ${heap.toFixed(1)} MB)`;
    });
    return `${calls} calls in ${minutes} minutes, ${lost.total} lost; in 10 minutes: ${figures.join(", ")}`;
  },
};

/** A call of any kind and size, which its caller leaves now and then, or gives too little time. */
async function oneCall(
  client: PeerClient,
  methods: readonly Method[],
  next: (below: number) => number,
  lost: Tally,
): Promise<void> {
  const method = methods[next(methods.length)] as Method;
  const number = BigInt(method === "countUp" ? 1 + next(20) : next(1000));
  const bytes = new Uint8Array(next(20) === 0 ? next(200_000) : next(300));
  const streams = method === "sum" || method === "cumSum";
  const requests = Array.from({ length: streams ? 1 + next(8) : 1 }, () =>
    method === "ping" ? { number, data: bytes } : { number, padding: method === "countUp" ? bytes : new Uint8Array() },
  );
  switch (next(10)) {
    case 0: {
      // The caller leaves.
      const signal = AbortSignal.timeout(1 + next(10));
      const { code, message } = await client.call("ping", [{ number, delayMs: 3000 }], { signal });
      if (code !== "canceled" && code !== "deadline_exceeded") lost.add(`${code}, where it was left: ${message}`);
      return;
    }
    case 1: {
      const { code, message } = await client.call("ping", [{ number, delayMs: 3000 }], { timeoutMs: 1 + next(20) });
      if (code !== "deadline_exceeded") lost.add(`${code}, where its time was over: ${message}`);
      return;
    }
    default: {
      const { code, message } = await client.call(method, requests, { timeoutMs: 60_000 });
      if (code !== "ok") lost.add(`${code}: ${message}`);
    }
  }
}

/** Of the line that fits best (least squares). */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (at: 0 | 1): number => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [x0, y0] = [mean(0), mean(1)];
  const over = points.reduce((sum, [x, y]) => sum + (x - x0) * (y - y0), 0);
  return over / points.reduce((sum, [x]) => sum + (x - x0) ** 2, 0);
}
