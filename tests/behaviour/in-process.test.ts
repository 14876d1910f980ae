import { connect, createRouter, grpc, grpcWeb, type Transport } from "@connect-ts/runtime";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { describe, expect, it } from "@jest/globals";
import { createPingServiceClient, createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { rejection, sleep } from "./helpers.js";
import { pingService } from "./ping-service.js";

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
    expect([peer.address, peer.protocol, peer.httpVersion]).toEqual(["in-process", "grpc", "2"]);
    expect(peers).toEqual([["in-process", "grpc", "2", "http://in-process/ping.v1.PingService/Ping"]]);
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
