import { setTimeout as delay } from "node:timers/promises";
import { clientOf } from "../harness/clients.js";
import { connectH1, connectH2, grpcH2, type Outcome, type Wire, wiresOf } from "../harness/outcome.js";
import { nodes } from "../harness/places.js";
import type { Row, RowRun } from "../harness/row.js";

const graceMs = 3_000;
/** How long the longest call takes; all are shorter than the grace. */
const longestMs = 1_000;
/** After the longest call. */
const marginMs = 200;

/** A server drains while calls run: unary ones and streams. */
export const r06: Row = {
  id: "R6",
  promise: "graceful drain on each Node: 0 calls lost that are shorter than the grace, done by the longest + 200 ms",
  peers: ["ours", "grpc-js", "connect-node"],
  seconds: [120, 300],
  async run(run) {
    const results: string[] = [];
    for (const [node, program] of nodes()) {
      let calls = 0;
      let latest = Number.NEGATIVE_INFINITY;
      for (const wire of wiresOf(run.peer, grpcH2, connectH2, connectH1)) {
        for (let round = 0; round < (run.long ? 10 : 1); round++) {
          const drained = await drain(run, node, program, wire);
          calls += drained.calls;
          latest = Math.max(latest, drained.lateMs);
        }
      }
      results.push(`${node}: ${calls} calls, done ${Math.round(latest)} ms after the longest`);
    }
    return results.join("; ");
  },
};

async function drain(
  run: RowRun,
  node: string,
  program: string,
  wire: Wire,
): Promise<{ readonly calls: number; readonly lateMs: number }> {
  const name = `${node}, ${wire.protocol} over HTTP/${wire.http}`;
  const server = await run.server({ http: wire.http }, program);
  const client = clientOf(run.peer, server.url, wire);
  await client.call("ping", [{ number: 0n }]);
  const start = performance.now();
  let lastAt = start;
  const ended = (outcome: Outcome): Outcome => {
    lastAt = performance.now();
    return outcome;
  };
  const pings = Array.from({ length: 40 }, (_, index) =>
    client
      .call("ping", [{ number: BigInt(index + 1), delayMs: Math.round(((index + 1) * longestMs) / 40) }])
      .then(ended),
  );
  const sums = Array.from({ length: 5 }, () => client.call("sum", slowly(10)).then(ended));
  await delay(150);
  const { ms } = await server.drain(graceMs);
  const drainedAt = performance.now();
  const outcomes = await Promise.all([...pings, ...sums]);
  outcomes.forEach(({ code, message, numbers }, index) => {
    const expected = index < 40 ? BigInt(index + 1) : 55n;
    run.check(code === "ok", `${name}: call ${index} was lost with ${code}: ${message}`);
    run.check(code !== "ok" || numbers[0] === expected, `${name}: call ${index} got ${numbers}, expected ${expected}`);
  });
  const lateMs = drainedAt - lastAt;
  run.check(
    lateMs <= marginMs,
    `${name}: drained ${Math.round(lateMs)} ms after the last call, ${Math.round(ms)} ms in all`,
  );
  const refused = await client.call("ping", [{ number: 0n }], { timeoutMs: 2_000 });
  run.check(
    refused.code === "unavailable",
    `${name}: a call to the drained server ends ${refused.code}: ${refused.message}`,
  );
  await client.close();
  const state = await run.endServer(server);
  const sockets = Object.entries(state?.resources ?? {}).filter(([type]) => /TCP/.test(type));
  run.check(sockets.length === 0, `${name}: open after the drain: ${JSON.stringify(sockets)}`);
  return { calls: outcomes.length, lateMs };
}

/** 1 to `count`, in about half of the time of the longest call. */
async function* slowly(count: number): AsyncIterable<{ readonly number: bigint }> {
  for (let number = 1; number <= count; number++) {
    yield { number: BigInt(number) };
    await delay(longestMs / 2 / count);
  }
}
