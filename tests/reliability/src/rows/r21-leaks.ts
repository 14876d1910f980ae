import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { clientOf } from "../harness/clients.js";
import { connectH1, connectH2, grpcH2, type Outcome, type PeerClient, type Wire, wiresOf } from "../harness/outcome.js";
import { type Row, type RowRun, Tally, times } from "../harness/row.js";
import type { ServerProcess, ServerState } from "../harness/server-process.js";

/** How long what a call held may stay after it. */
const graceMs = 1_000;
/** What a process may keep for each failed call, in bytes: less than any object that belongs to one. */
const mostBytes = 30;

const ways: readonly ((client: PeerClient, index: number) => Promise<Outcome>)[] = [
  (client) => client.call("ping", [{ number: 1n, delayMs: 10_000 }], { timeoutMs: 1 }),
  (client, index) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), index % 5);
    return client.call("ping", [{ number: 1n, delayMs: 10_000 }], { signal: controller.signal });
  },
  (client, index) => {
    const controller = new AbortController();
    const onMessage = (): void => controller.abort();
    return client.call("countUp", [{ number: BigInt(1000 + index) }], { signal: controller.signal, onMessage });
  },
  (client) => client.call("cumSum", endless(), { timeoutMs: 5 }),
  (client) => client.call("sum", endless(), { timeoutMs: 5 }),
  (client) => client.call("ping", [{ number: 1n, text: "x".repeat(100) }], { timeoutMs: 0.001 }),
];

export const r21: Row = {
  id: "R21",
  promise:
    "after many failed calls: no handle, no call and no timer stays, and memory does not grow; pipelined requests too",
  peers: ["ours", "grpc-js", "connect-node"],
  seconds: [150, 1800],
  async run(run) {
    const figures: string[] = [];
    for (const wire of wiresOf(run.peer, grpcH2, connectH2, connectH1)) figures.push(await fail(run, wire));
    if (run.peer === "ours") figures.push(await pipelined(run));
    return figures.join("; ");
  },
};

async function fail(run: RowRun, wire: Wire): Promise<string> {
  const name = `${wire.protocol} over HTTP/${wire.http}`;
  const server = await run.server({ http: wire.http });
  const client = clientOf(run.peer, server.url, wire);
  const usable = ways.filter((_, index) => index !== 3 || wire.http === "2");
  const codes = new Tally();
  const round = (count: number): Promise<void> =>
    times(count, 40, async (index) => {
      const way = usable[index % usable.length] as (typeof ways)[number];
      codes.add((await way(client, index)).code);
    });
  const count = run.long ? 100_000 / 3 : 1_500;
  await round(count / 2);
  const before = await settled(run, server, name);
  const heapBefore = heap();
  await round(count);
  const after = await settled(run, server, name);
  const perCall = [heap() - heapBefore, after.memory.heapUsed - before.memory.heapUsed].map((bytes) => bytes / count);
  // Below that is what V8 keeps for itself: code, and caches.
  const slack = 1_500_000 / count;
  run.check(Math.max(...perCall) < mostBytes + slack, `${name}: bytes kept a call: ${perCall.map(Math.round)}`);
  const odd = [...codes.counts.keys()].filter((code) => !["deadline_exceeded", "canceled"].includes(code));
  run.check(odd.length === 0, `${name}: calls ended ${codes}`);
  const good = await client.call("ping", [{ number: 5n }], { timeoutMs: 5_000 });
  run.check(good.code === "ok", `${name}: the next call ends ${good.code}: ${good.message}`);
  await client.close();
  await checkClosed(run, server, name);
  await run.endServer(server);
  return `${name}: ${Math.round(count * 1.5)} calls, ${perCall.map((bytes) => Math.max(0, Math.round(bytes))).join(" and ")} bytes kept a call`;
}

/** When all calls are over at the server; too late is a problem. */
async function settled(run: RowRun, server: ServerProcess, name: string): Promise<ServerState> {
  const end = performance.now() + graceMs + 500;
  let state = await server.state();
  while (state.ended < state.began && performance.now() < end) {
    await delay(50);
    state = await server.state();
  }
  run.check(state.ended === state.began, `${name}: ${state.began - state.ended} calls stay on the server`);
  return state;
}

async function checkClosed(run: RowRun, server: ServerProcess, name: string): Promise<void> {
  const end = performance.now() + graceMs + 500;
  const open = async (): Promise<string[]> => {
    const { resources } = await server.state();
    const here = process.getActiveResourcesInfo().filter((type) => /^(TCP|TLS)/.test(type));
    const there = Object.entries(resources).filter(([type]) => type === "TCPSocketWrap");
    return [...there.map(([type, count]) => `${count} ${type} at the server`), ...here.map((type) => `${type} here`)];
  };
  let left = await open();
  while (left.length > 0 && performance.now() < end) {
    await delay(50);
    left = await open();
  }
  run.check(left.length === 0, `${name}: still open: ${left.join(", ")}`);
}

/** Requests of HTTP/1.1 that wait behind a slow one, and a client that leaves. */
async function pipelined(run: RowRun): Promise<string> {
  const server = await run.server();
  const message = Buffer.from([0x28, 0xe0, 0xd4, 0x03]);
  const head = `POST /ping.v1.PingService/Ping HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/proto\r\ncontent-length: ${message.length}\r\n\r\n`;
  const request = Buffer.concat([Buffer.from(head), message]);
  const connections = run.long ? 500 : 30;
  for (let i = 0; i < connections; i++) {
    const socket = net.connect({ port: server.port, host: "127.0.0.1" });
    socket.on("error", () => {});
    const began = (await server.glance()).began;
    socket.write(Buffer.concat(Array.from({ length: i % 2 === 0 ? 10 : 300 }, () => request)));
    for (let turn = 0; turn < 100 && (await server.glance()).began === began; turn++) await delay(2);
    socket.destroy();
  }
  const state = await settled(run, server, "pipelined");
  await checkClosed(run, server, "pipelined");
  await run.endServer(server);
  return `pipelined: ${connections} connections, ${state.began - state.ended} calls stay`;
}

async function* endless(): AsyncIterable<{ readonly number: bigint }> {
  for (;;) {
    yield { number: 1n };
    await delay(1);
  }
}

function heap(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
