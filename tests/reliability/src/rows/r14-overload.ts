import { clientOf } from "../harness/clients.js";
import { grpcH2, type PeerClient } from "../harness/outcome.js";
import { type Row, type RowRun, Tally, times } from "../harness/row.js";
import type { ServerProcess } from "../harness/server-process.js";

const busy = [{ number: 1n, text: "busy", delayMs: 2 }];
const timeoutMs = 500;
/** What is to be kept of the peak, in percent, by how many times the capacity is offered. */
const kept: readonly (readonly [factor: number, percent: number])[] = [
  [2, 80],
  [5, 60],
];
const politePercent = 99;
const polite = 10;

export const r14: Row = {
  id: "R14",
  promise:
    "2 ms of CPU a call, deadlines of 500 ms: at 2x and 5x the capacity >= 80 % and >= 60 % of the peak; of 11 callers the 10 polite keep 99 %",
  measures: true,
  peers: ["ours", "grpc-js", "connect-node"],
  seconds: [90, 300],
  async run(run) {
    const seconds = run.long ? 20 : 5;
    const server = await run.server({ admission: true });
    const parts: string[] = [];
    const clients = Array.from({ length: polite + 1 }, () => clientOf(run.peer, server.url, grpcH2));
    // What refuses is compiled too before it is measured.
    const first = await peak(clients[0] as PeerClient, 1);
    await offer([[clients[0] as PeerClient, first * 4, ""]], 2);
    await rest(clients[0] as PeerClient);
    const { capacity, goodput, codes } = await measure(clients[0] as PeerClient, first, run.long ? 20 : 5);
    // Whichever load it was best at.
    const best = Math.max(capacity, ...goodput);
    for (const [index, [factor, least]] of kept.entries()) {
      const percent = (100 * (goodput[index] as number)) / best;
      run.check(percent >= least, `${factor}x: ${percent.toFixed(0)} % of the peak, ${codes[index]}`);
      parts.push(`${factor}x: ${percent.toFixed(0)} %`);
    }
    parts.push(await callers(run, clients, capacity, seconds));
    for (const client of clients) await client.close();
    await tell(run, server);
    return `peak ${best.toFixed(0)}/s; ${parts.join("; ")}`;
  },
};

/** The loads take turns of a second, so that what else the machine does concerns all of them. */
async function measure(
  client: PeerClient,
  first: number,
  rounds: number,
): Promise<{ capacity: number; goodput: number[]; codes: Tally[] }> {
  const total = kept.map(() => ({ ok: 0, ms: 0 }));
  const codes = kept.map(() => new Tally());
  let peaks = 0;
  for (let round = 1; round <= rounds; round++) {
    peaks += await peak(client, 1);
    const capacity = Math.max(first, peaks / round);
    for (const [index, [factor]] of kept.entries()) {
      const { ok, ms, codes: ended } = await offer([[client, capacity * factor, ""]], 1);
      const sum = total[index] as { ok: number; ms: number };
      sum.ok += ok[0] as number;
      sum.ms += ms;
      for (const [code, count] of ended.counts) codes[index]?.add(code, count);
      await rest(client);
    }
  }
  return { capacity: peaks / rounds, goodput: total.map(({ ok, ms }) => ok / (ms / 1000)), codes };
}

/** Ten callers that ask for 4 % of the capacity each, and one that asks for three times all of it. */
async function callers(
  run: RowRun,
  clients: readonly PeerClient[],
  capacity: number,
  seconds: number,
): Promise<string> {
  const rates = clients.map((client, index): [PeerClient, number, string] => [
    client,
    index === 0 ? 3 * capacity : 0.04 * capacity,
    `caller ${index}`,
  ]);
  const { ok, sent, codes } = await offer(rates, seconds);
  const sum = (counts: readonly number[]): number => counts.slice(1).reduce((total, count) => total + count, 0);
  const percent = (100 * sum(ok)) / sum(sent);
  run.check(percent >= politePercent, `the polite callers got ${percent.toFixed(1)} %, ${codes}`);
  return `the polite: ${percent.toFixed(1)} %`;
}

/** Calls in a second that end well, at most: so many at a time that the server always has some, and no more. */
async function peak(client: PeerClient, seconds: number): Promise<number> {
  await times(50, 16, () => client.call("ping", busy));
  let count = 0;
  const start = performance.now();
  await times(Number.POSITIVE_INFINITY, 16, async () => {
    const { code } = await client.call("ping", busy);
    if (code === "ok") count++;
    return performance.now() - start < seconds * 1000;
  });
  return count / ((performance.now() - start) / 1000);
}

interface Offered {
  readonly sent: number[];
  readonly ok: number[];
  readonly ms: number;
  readonly codes: Tally;
}

/** Sends calls at a rate of so many in a second for each client, whatever becomes of them. */
async function offer(rates: readonly (readonly [PeerClient, number, string])[], seconds: number): Promise<Offered> {
  const sent = rates.map(() => 0);
  const ok = rates.map(() => 0);
  const codes = new Tally();
  const running = new Set<Promise<unknown>>();
  const start = performance.now();
  const call = async (index: number, client: PeerClient, caller: string): Promise<void> => {
    const { code, ms } = await client.call("ping", busy, { timeoutMs, headers: { "x-caller": caller } });
    codes.add(code);
    if (code === "ok" && ms <= timeoutMs) ok[index] = (ok[index] as number) + 1;
  };
  for (let passed = 0; passed < seconds * 1000; passed = performance.now() - start) {
    for (const [index, [client, rate, caller]] of rates.entries()) {
      for (const due = Math.floor((passed * rate) / 1000); (sent[index] as number) < due; ) {
        sent[index] = (sent[index] as number) + 1;
        const made = call(index, client, caller);
        running.add(made);
        void made.finally(() => running.delete(made));
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const ms = performance.now() - start;
  await Promise.all(running);
  return { sent, ok, ms, codes };
}

/** Until what was queued somewhere has gone. */
async function rest(client: PeerClient): Promise<void> {
  await client.call("ping", busy);
  await new Promise((resolve) => setTimeout(resolve, 100));
}

/** What is left of the overload on the server: nothing. */
async function tell(run: RowRun, server: ServerProcess): Promise<void> {
  const { began, ended } = await server.state();
  run.check(began === ended, `${began - ended} calls still run`);
}
