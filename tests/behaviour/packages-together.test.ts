// Packages that a team uses together: what each does by itself is tested beside it.
import { admission } from "@connect-ts/admission";
import { balance } from "@connect-ts/balance";
import { nodeConnector } from "@connect-ts/balance/node";
import { createGateway } from "@connect-ts/gateway";
import { createHealth, createHealthClient } from "@connect-ts/health";
import { log } from "@connect-ts/log";
import { createReflection } from "@connect-ts/reflection";
import { rest } from "@connect-ts/rest";
import { withRetry } from "@connect-ts/retry";
import { ConnectError, grpc, type ServiceHandler, type Transport } from "@connect-ts/runtime";
import { createNodeTransport, type ServeOptions, type Server, serve } from "@connect-ts/runtime/node";
import { afterEach, expect, it } from "@jest/globals";
import { createPingServiceClient, createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { until } from "./helpers.js";
import { pingService } from "./ping-service.js";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(handlers: ServeOptions["handlers"], options: Partial<ServeOptions> = {}): Promise<Server> {
  const server = await serve({ ...options, handlers, host: "127.0.0.1" });
  closers.push(() => server.close());
  return server;
}

function transportTo({ url }: Server): Transport {
  const transport = createNodeTransport({ baseUrl: url, protocol: grpc() });
  closers.push(() => transport.close?.());
  return transport;
}

const refusing = createPingServiceHandler({
  ...pingService(),
  ping: () => {
    throw new ConnectError("unavailable", "refused");
  },
});
const good = createPingServiceHandler(pingService());
const http = {
  rules: [{ selector: "ping.v1.PingService.Ping", pattern: { case: "get" as const, value: "/v1/{text}" } }],
};

/** Three servers that have reflection, of which one answers, behind one transport. */
async function overThree(): Promise<Transport> {
  const handlers: readonly ServiceHandler[] = [refusing, refusing, good];
  const servers = await Promise.all(handlers.map((handler) => start([handler, ...createReflection()])));
  const balanced = balance({
    addresses: servers.map(({ url }) => url),
    connect: nodeConnector({ protocol: grpc() }),
  });
  closers.push(() => balanced.close());
  return withRetry(balanced, { policy: { initialBackoffMs: 1, maxBackoffMs: 2 }, throttle: false });
}

it("a client with retries over three servers is logged once for each call, and loses none", async () => {
  const lines: string[] = [];
  const push = (line: string): void => void lines.push(line);
  const logger = { debug: push, info: push, warn: push, error: push };
  const client = createPingServiceClient(await overThree(), { interceptors: [log({ logger })] });
  for (let made = 0; made < 9; made++) expect((await client.ping({ text: "hi" })).text).toBe("hi");
  await until(() => lines.length === 9);
  for (const line of lines) expect(line).toContain(" ok ");
});

it("a gateway over retries and three servers serves gRPC, JSON and REST, and tells of itself", async () => {
  const gateway = createGateway({ transport: await overThree() });
  closers.push(() => gateway.close());
  await gateway.refresh();
  const front = await start([gateway.route, await rest(gateway, { http }), ...createReflection(gateway)]);
  const again = createGateway({ transport: transportTo(front) });
  closers.push(() => again.close());
  await again.refresh();
  const second = await start([again.route, await rest(again, { http })]);
  const client = createPingServiceClient(transportTo(second));
  for (let made = 0; made < 3; made++) expect((await client.ping({ text: "hi" })).text).toBe("hi");
  for (const { url } of [front, second]) {
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: '{"text":"hi"}' };
    expect(await (await fetch(`${url}/ping.v1.PingService/Ping`, init)).json()).toEqual({ text: "hi" });
    expect(await (await fetch(`${url}/v1/hi`)).json()).toMatchObject({ text: "hi" });
  }
});

/** Whether a call was refused. When it was not, its end is among those of the handler's calls. */
async function refusedEarly(call: PromiseLike<unknown>, ends: readonly unknown[]): Promise<boolean> {
  let refused = false;
  call.then(undefined, () => {
    refused = true;
  });
  await until(() => refused || ends.length === 1);
  return refused;
}

it("a full server is watched all the same, also while it drains, and tells callers by HTTP when to come again", async () => {
  const health = createHealth();
  const ends: (() => void)[] = [];
  const handler = createPingServiceHandler({
    ...pingService(),
    ping: async () => {
      await new Promise<void>((resolve) => ends.push(resolve));
      return {};
    },
  });
  const server = await start([handler, health.handler, await rest(handler, { http })], {
    interceptors: [admission({ initialLimit: 1, minLimit: 1, maxLimit: 1, maxWaiting: 0, retryAfterMs: 4_000 })],
  });
  const { ping } = createPingServiceClient(transportTo(server));
  let call = ping({}).response;
  // A server that has just stood still, as machines do, refuses too.
  for (let calls = 1; calls < 20 && (await refusedEarly(call, ends)); calls++) call = ping({}).response;
  await until(() => ends.length === 1);
  const refused = await fetch(`${server.url}/v1/b`);
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, expect.stringMatching(/^[2-6]$/)]);
  const seen: number[] = [];
  const watching = (async () => {
    const client = createHealthClient(transportTo(server));
    for await (const { status } of client.watch({ service: "ping.v1.PingService" })) seen.push(status);
  })();
  await until(() => seen.length === 1);
  const drained = server.drain({ graceMs: 60_000 });
  await until(() => seen.length === 2);
  for (const end of ends.splice(0)) end();
  await Promise.all([call, drained, watching]);
  expect(seen).toEqual([1, 2]);
});
