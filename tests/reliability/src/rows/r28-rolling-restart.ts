import { setTimeout as delay } from "node:timers/promises";
import { Balancer } from "../harness/balancer.js";
import { clientOf } from "../harness/clients.js";
import { connectH1, connectH2, grpcH2, type Wire } from "../harness/outcome.js";
import { haproxyH2, haproxyHttp1, nginxGrpc, nginxHttp1, type ProxyProgram, RunningProxy } from "../harness/proxies.js";
import { type Row, type RowRun, Tally, times } from "../harness/row.js";
import type { ServerProcess } from "../harness/server-process.js";

const ways: readonly (readonly [name: string, proxy: ProxyProgram | undefined, wires: readonly Wire[]])[] = [
  ["by reconnect", undefined, [grpcH2, connectH2, connectH1]],
  ["behind nginx", nginxGrpc, [grpcH2]],
  ["behind nginx", nginxHttp1, [connectH1]],
  ["behind HAProxy", haproxyH2, [grpcH2]],
  ["behind HAProxy", haproxyHttp1, [connectH1]],
];

/** Three servers are replaced one after another while calls go on. */
export const r28: Row = {
  id: "R28",
  promise: "rolling restart of 3 servers: 0 calls lost (HTTP/1.1: of the idempotent), 0 run twice",
  peers: ["ours", "grpc-js", "connect-node"],
  seconds: [300, 1800],
  async run(run) {
    const results: string[] = [];
    for (const [name, program, wires] of ways) {
      for (const wire of wires) {
        if (run.peer === "grpc-js" && wire.protocol !== "grpc") continue;
        results.push(await roll(run, `${name}, ${wire.protocol} over HTTP/${wire.http}`, program, wire));
      }
    }
    return results.join("; ");
  },
};

async function roll(run: RowRun, name: string, program: ProxyProgram | undefined, wire: Wire): Promise<string> {
  const calls = run.long ? 36_000 : 1_000;
  const http = wire.http;
  const servers: ServerProcess[] = [];
  for (let i = 0; i < 3; i++) servers.push(await run.server({ http }));
  const ports = servers.map(({ port }) => port);
  const front = program === undefined ? await Balancer.start(ports) : await RunningProxy.start(program, ports);
  const clients = Array.from({ length: 3 }, () => clientOf(run.peer, front.url, wire));
  const runs = new Map<number, number>();
  const lost = new Tally();
  let proxyErrors = 0;
  let lostUnsafe = 0;
  let done = 0;

  const countRuns = async (server: ServerProcess): Promise<void> => {
    const state = await run.endServer(server);
    for (const [number, count] of state?.pings ?? []) runs.set(number, (runs.get(number) ?? 0) + count);
  };
  const restart = async (index: number): Promise<void> => {
    const old = servers[index] as ServerProcess;
    const next = run.process();
    await next.state();
    await old.drain(5_000);
    servers[index] = next;
    await next.start({ peer: run.peer, http, port: old.port });
    await countRuns(old);
  };
  let restarted = false;
  const restartAll = async (): Promise<void> => {
    const restarts = run.long ? 12 : 3;
    for (let i = 0; i < restarts; i++) {
      while (done < ((i + 0.5) * calls) / restarts) await delay(5);
      await restart(i % 3);
    }
    restarted = true;
  };
  const restarting = restartAll();
  await times(Number.POSITIVE_INFINITY, 24, async (index) => {
    if (restarted && done >= calls) return false;
    // Every other one may not be run again.
    const unsafe = http === "1.1" && index % 2 === 1;
    const client = clients[index % clients.length] as (typeof clients)[number];
    const request = { number: BigInt(index), delayMs: (index * 7) % 50 };
    const { code, message, numbers } = await client.call("ping", [request], { unsafe, timeoutMs: 15_000 });
    done++;
    if (code === "ok") run.check(numbers[0] === BigInt(index), `${name}: call ${index} got ${numbers}`);
    else if (/\b50[234]\b/.test(message)) proxyErrors++;
    else if (unsafe) lostUnsafe++;
    else lost.add(`${code}: ${message}`);
    return true;
  });
  await restarting;
  for (const client of clients) await client.close();
  await front.stop();
  for (const server of servers) await countRuns(server);
  for (const [text, count] of lost.counts) run.check(false, `${name}: ${count} lost with ${text}`);
  const twice = [...runs.values()].filter((count) => count > 1).length;
  run.check(twice === 0, `${name}: ${twice} calls ran twice`);
  const apart = [
    ...(lostUnsafe > 0 ? [`${lostUnsafe} not idempotent ones lost`] : []),
    ...(proxyErrors > 0 ? [`${proxyErrors} of the proxy's own errors`] : []),
  ];
  return `${name}: ${done} calls, ${lost.total} lost, ${twice} twice${apart.map((text) => `, ${text}`).join("")}`;
}
