import { connect, grpc, grpcWeb, type Transport } from "@connect-ts/runtime";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { createRouter } from "@connect-ts/runtime/transport";
import { describe, expect, it } from "@jest/globals";
import {
  createPingServiceClient,
  createPingServiceHandler,
  type PingServiceClient,
} from "../gen/src/ping/v1/ping_connect.js";
import { rejection, sleep, until } from "./helpers.js";
import { observed, pingService } from "./ping-service.js";

describe("createInProcessTransport", () => {
  it("takes a service, a list of services or a router", async () => {
    const service = createPingServiceHandler(pingService());
    const transports: Transport[] = [
      createInProcessTransport(service),
      createInProcessTransport([service]),
      createInProcessTransport(createRouter(service)),
    ];
    for (const transport of transports) {
      expect((await createPingServiceClient(transport).ping({ number: 7n })).number).toBe(7n);
    }
  });

  it("shows both sides a peer in this process, over HTTP/2", async () => {
    const peers: unknown[] = [];
    const service = createPingServiceHandler({
      ...pingService(),
      ping: (_request, { peer, url }) => {
        peers.push([peer.address, peer.protocol, peer.httpVersion, url]);
        return {};
      },
    });
    const { peer } = await createPingServiceClient(createInProcessTransport(service)).ping({}).response;
    expect([peer.address, peer.protocol, peer.httpVersion]).toEqual(["in-process", "grpc", undefined]);
    expect(peers).toEqual([["in-process", "grpc", undefined, "http://in-process/ping.v1.PingService/Ping"]]);
  });

  it("gives router options to the services", async () => {
    const service = createPingServiceHandler(pingService());
    const client = createPingServiceClient(createInProcessTransport(service, { router: { readMaxBytes: 10 } }));
    expect((await rejection(client.ping({ text: "longer than ten bytes" }))).code).toBe("resource_exhausted");
  });

  it.each([connect(), grpc(), grpcWeb()])(
    "holds a handler back whose client does not read: $name",
    async (protocol) => {
      let made = 0;
      const padding = new Uint8Array(1000);
      const service = createPingServiceHandler({
        ...pingService(),
        async *countUp() {
          for (;;) yield { number: BigInt(++made), padding };
        },
      });
      const stream = createPingServiceClient(createInProcessTransport(service, { protocol })).countUp({});
      await stream.headers;
      await sleep(50);
      expect(made).toBeLessThan(600);
      stream.cancel();
      await rejection(stream.trailers);
    },
  );

  it("lets a deadline end a stream whose sides are both always ready", async () => {
    const service = createPingServiceHandler({
      ...pingService(),
      async *countUp() {
        for (let number = 1n; ; number++) yield { number };
      },
    });
    const client = createPingServiceClient(createInProcessTransport(service));
    let seen = 0n;
    const error = await rejection(
      (async () => {
        for await (const { number } of client.countUp({}, { timeoutMs: 50 })) seen = number;
      })(),
    );
    expect(error.code).toBe("deadline_exceeded");
    expect(seen).toBeGreaterThan(0n);
  });

  it("lets timers run while calls follow one another without a pause", async () => {
    const client = createPingServiceClient(createInProcessTransport(createPingServiceHandler(pingService())));
    let stop = false;
    setTimeout(() => {
      stop = true;
    }, 20);
    let calls = 0;
    while (!stop && calls < 1_000_000) {
      await client.ping({});
      calls++;
    }
    expect(stop).toBe(true);
  });

  it("gives no side the messages of the other", async () => {
    let kept: { text: string } | undefined;
    const service = createPingServiceHandler({
      ...pingService(),
      ping: (request) => {
        kept = request;
        return { text: request.text };
      },
    });
    const client = createPingServiceClient(createInProcessTransport(service));
    const answer = await client.ping({ text: "mine" });
    answer.text = "changed";
    expect(kept?.text).toBe("mine");
  });
});

describe("the iterator of a stream", () => {
  it.each<[string, (client: PingServiceClient) => AsyncIterable<unknown>]>([
    ["a server stream", (client) => client.countUp({ number: 1_000_000n })],
    [
      "a bidirectional one",
      (client) =>
        client.cumSum(
          (async function* () {
            for (;;) yield { number: 1n };
          })(),
        ),
    ],
  ])("ends %s by throw(), as React does with what it gives up", async (_, start) => {
    const seen = observed();
    const client = createPingServiceClient(createInProcessTransport(createPingServiceHandler(pingService(seen))));
    const iterator = start(client)[Symbol.asyncIterator]();
    expect((await iterator.next()).done).toBe(false);
    const reason = new Error("the page was left");
    await expect(iterator.throw?.(reason)).rejects.toBe(reason);
    await until(() => seen.finished.length === 1);
    expect(await rejection(iterator.next())).toMatchObject({ code: "canceled" });
  });

  it("of a handler's requests ends by throw() for who gave up, and the handler goes on", async () => {
    const service = createPingServiceHandler({
      ...pingService(),
      async sum(requests) {
        const iterator = requests[Symbol.asyncIterator]();
        await iterator.next();
        await expect(iterator.throw?.(new Error("enough"))).rejects.toThrow("enough");
        return { sum: 1n };
      },
    });
    const client = createPingServiceClient(createInProcessTransport(service));
    expect((await client.sum([{ number: 1n }, { number: 2n }])).sum).toBe(1n);
  });
});
