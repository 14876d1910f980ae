import { setTimeout as delay } from "node:timers/promises";
import { clientOf } from "../harness/clients.js";
import { connectH1, connectH2, grpcH2, type Wire } from "../harness/outcome.js";
import {
  haproxyH2,
  haproxyHttp1,
  nginxGrpcShort,
  nginxHttp1Short,
  type ProxyProgram,
  RunningProxy,
} from "../harness/proxies.js";
import { type Row, type RowRun, Tally, times } from "../harness/row.js";

const ways: readonly (readonly [proxy: ProxyProgram, wire: Wire])[] = [
  [nginxGrpcShort, grpcH2],
  [nginxGrpcShort, connectH2],
  [nginxHttp1Short, connectH1],
  [haproxyH2, grpcH2],
  [haproxyHttp1, connectH1],
];

/** Proxies take their configuration anew again and again, and end connections after 20 requests, while calls go on. */
export const r05: Row = {
  id: "R5",
  promise: "proxies that reload, and GOAWAY all the time: 0 calls lost (HTTP/1.1: of the idempotent), 0 run twice",
  peers: ["ours", "grpc-js", "connect-node"],
  seconds: [240, 1200],
  async run(run) {
    const results: string[] = [];
    for (const [program, wire] of ways) {
      if (run.peer !== "grpc-js" || wire.protocol === "grpc") results.push(await churn(run, program, wire));
    }
    return results.join("; ");
  },
};

async function churn(run: RowRun, program: ProxyProgram, wire: Wire): Promise<string> {
  const calls = run.long ? 20_000 : 1_000;
  const reloads = run.long ? 40 : 4;
  const name = `${program.name}, ${wire.protocol}`;
  const server = await run.server({ http: wire.http });
  const proxy = await RunningProxy.start(program, [server.port]);
  const clients = Array.from({ length: 3 }, () => clientOf(run.peer, proxy.url, wire));
  const lost = new Tally();
  let done = 0;
  let proxyErrors = 0;
  let lostUnsafe = 0;
  let reloaded = 0;
  const reload = async (): Promise<void> => {
    for (; reloaded < reloads; reloaded++) {
      while (done < ((reloaded + 0.5) * calls) / reloads) await delay(5);
      proxy.reload();
      await delay(150);
    }
  };
  const reloading = reload();
  await times(Number.POSITIVE_INFINITY, 24, async (index) => {
    if (reloaded === reloads && done >= calls) return false;
    const unsafe = wire.http === "1.1" && index % 2 === 1;
    const client = clients[index % clients.length] as (typeof clients)[number];
    const request = { number: BigInt(index), delayMs: (index * 7) % 30 };
    const { code, message, numbers } = await client.call("ping", [request], { unsafe, timeoutMs: 15_000 });
    done++;
    if (code === "ok") run.check(numbers[0] === BigInt(index), `${name}: call ${index} got ${numbers}`);
    else if (/\b50[234]\b/.test(message)) proxyErrors++;
    else if (unsafe) lostUnsafe++;
    else lost.add(`${code}: ${message}`);
    return true;
  });
  await reloading;
  for (const client of clients) await client.close();
  await proxy.stop();
  const state = await run.endServer(server);
  const twice = (state?.pings ?? []).filter(([, count]) => count > 1).length;
  for (const [text, count] of lost.counts) run.check(false, `${name}: ${count} lost with ${text}`);
  run.check(twice === 0, `${name}: ${twice} calls ran twice`);
  const apart = [
    ...(lostUnsafe > 0 ? [`${lostUnsafe} not idempotent ones lost`] : []),
    ...(proxyErrors > 0 ? [`${proxyErrors} of the proxy's own errors`] : []),
  ];
  return `${name}: ${done} calls, ${lost.total} lost, ${twice} twice${apart.map((text) => `, ${text}`).join("")}`;
}
