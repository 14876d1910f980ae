import { balance } from "@connect-ts/balance";
import { nodeConnector } from "@connect-ts/balance/node";
import { ConnectError, grpc } from "@connect-ts/runtime";
import { type Server, serve } from "@connect-ts/runtime/node";
import { Client, credentials } from "@grpc/grpc-js";
import { expect, it } from "@jest/globals";
import { pingService } from "../../behaviour/ping-service.js";
import { createPingServiceClient, createPingServiceHandler } from "../../gen/src/ping/v1/ping_connect.js";

interface Caller {
  call(): Promise<string>;
  close(): void;
}

function ours(servers: readonly Server[]): Caller {
  const addresses = servers.map(({ url }) => url);
  const transport = balance({ addresses, connect: nodeConnector({ protocol: grpc() }), downMs: 50 });
  const client = createPingServiceClient(transport);
  return {
    call: () =>
      client.ping({}).then(
        () => "ok",
        (error: unknown) => ConnectError.from(error).code,
      ),
    close: () => transport.close(),
  };
}

function grpcJs(servers: readonly Server[]): Caller {
  const target = `ipv4:${servers.map(({ url }) => new URL(url).host).join()}`;
  const client = new Client(target, credentials.createInsecure(), {
    "grpc.service_config": JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
  });
  const same = (bytes: Buffer): Buffer => bytes;
  return {
    call: () =>
      new Promise((resolve) => {
        client.makeUnaryRequest("/ping.v1.PingService/Ping", same, same, Buffer.alloc(0), (error) =>
          resolve(error === null ? "ok" : String(error.code)),
        );
      }),
    close: () => client.close(),
  };
}

/** How many of 600 calls came to each of three servers, and how they ended, when one drains after 300. */
async function spread(make: (servers: readonly Server[]) => Caller): Promise<{ counts: number[]; ends: string[] }> {
  const counts = [0, 0, 0];
  const servers = await Promise.all(
    counts.map((_, index) =>
      serve({
        host: "127.0.0.1",
        handlers: createPingServiceHandler({
          ...pingService(),
          ping() {
            counts[index] = (counts[index] as number) + 1;
            return {};
          },
        }),
      }),
    ),
  );
  const { call, close } = make(servers);
  const ends = new Set<string>();
  try {
    // Until all connections are made.
    while (counts.includes(0)) await call();
    counts.fill(0);
    for (let made = 0; made < 300; made++) ends.add(await call());
    const before = [...counts];
    await servers[0]?.drain({ graceMs: 1_000 });
    counts.fill(0);
    for (let made = 0; made < 300; made++) ends.add(await call());
    return { counts: [...before, ...counts], ends: [...ends] };
  } finally {
    close();
    await Promise.all(servers.map((server) => server.close()));
  }
}

it.each([
  ["grpc-js", grpcJs],
  ["ours", ours],
] as const)(
  "round robin of %s: a third each, and a half each when one of three drains; none is lost",
  async (_, make) => {
    const { counts, ends } = await spread(make);
    expect(ends).toEqual(["ok"]);
    const expected = [100, 100, 100, 0, 150, 150];
    for (const [index, count] of counts.entries()) {
      expect(Math.abs(count - (expected[index] as number))).toBeLessThanOrEqual(7);
    }
  },
);
