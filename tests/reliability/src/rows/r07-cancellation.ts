import { setTimeout as delay } from "node:timers/promises";
import { clientOf } from "../harness/clients.js";
import { ourClient } from "../harness/ours.js";
import { connectH1, connectH2, grpcH2, type Wire, wiresOf } from "../harness/outcome.js";
import { type Row, type RowRun, times } from "../harness/row.js";
import type { ServerProcess } from "../harness/server-process.js";

/** The 99th of 100, in milliseconds. */
const mostMs = 50;

/** Leaves a call that runs, and tells when. */
type Leave = (server: ServerProcess, wire: Wire) => { readonly name: string; run(): Promise<number>; close(): unknown };

const byAbort =
  (run: RowRun, method: "ping" | "countUp"): Leave =>
  (server, wire) => {
    const client = clientOf(run.peer, server.url, wire);
    return {
      name: `abort of ${method}`,
      async run() {
        const controller = new AbortController();
        const request = { number: 1_000_000n, delayMs: 10_000, padding: new Uint8Array(1000) };
        const { began } = await server.glance();
        const outcome = client.call(method, [request], { signal: controller.signal });
        for (let i = 0; i < 200 && (await server.glance()).began === began; i++) await delay(5);
        const at = Date.now();
        controller.abort();
        const { code } = await outcome;
        run.check(code === "canceled", `abort of ${method}: ${code}`);
        return at;
      },
      close: () => client.close(),
    };
  };

/** What only our client has. */
const ourWays = ["break", "throw", "await using", "cancel()"] as const;

const byOurWay =
  (way: (typeof ourWays)[number]): Leave =>
  ({ url }, wire) => {
    const peer = ourClient(url, wire);
    return {
      name: way,
      async run() {
        const stream = peer.client.countUp({ number: 1_000_000n, padding: new Uint8Array(1000) });
        let at = 0;
        if (way === "await using") {
          await using held = stream;
          await held.headers;
          at = Date.now();
        } else if (way === "cancel()") {
          await stream.headers;
          at = Date.now();
          stream.cancel();
          await stream.trailers.catch(() => {});
        } else {
          try {
            for await (const _ of stream) {
              at = Date.now();
              if (way === "break") break;
              throw new Error("enough");
            }
          } catch {
            // It is the one from above.
          }
        }
        return at;
      },
      close: () => peer.close(),
    };
  };

export const r07: Row = {
  id: "R7",
  promise: `cancellation reaches the handler, whichever way the client leaves: p99 <= ${mostMs} ms`,
  peers: ["ours", "grpc-js", "connect-node"],
  seconds: [120, 600],
  async run(run) {
    const delays: number[] = [];
    const ways = [byAbort(run, "ping"), byAbort(run, "countUp")];
    if (run.peer === "ours") ways.push(...ourWays.map(byOurWay));
    for (const wire of wiresOf(run.peer, grpcH2, connectH2, connectH1)) {
      for (const way of ways) delays.push(...(await leave(run, way, wire)));
    }
    delays.sort((a, b) => a - b);
    const p99 = delays[Math.floor(delays.length * 0.99)] as number;
    run.check(p99 <= mostMs, `p99 is ${p99} ms, the worst ${delays.at(-1)} ms`);
    return `${delays.length} calls, p50 ${delays[delays.length >> 1]} ms, p99 ${p99} ms`;
  },
};

async function leave(run: RowRun, way: Leave, wire: Wire): Promise<number[]> {
  const server = await run.server({ http: wire.http });
  const client = way(server, wire);
  const name = `${client.name}, ${wire.protocol} over HTTP/${wire.http}`;
  const delays: number[] = [];
  await times(run.long ? 100 : 8, 1, async () => {
    const leftAt = await client.run();
    let aborted: readonly number[] = [];
    for (let i = 0; i < 200 && aborted.length === 0; i++) {
      aborted = (await server.glance()).abortedAt;
      if (aborted.length === 0) await delay(5);
    }
    run.check(aborted.length === 1, `${name}: ${aborted.length} handlers were told`);
    if (aborted[0] !== undefined) delays.push(Math.max(0, aborted[0] - leftAt));
  });
  await client.close();
  await run.endServer(server);
  return delays;
}
