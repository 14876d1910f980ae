// What holds sockets is let go at the end of a block: by `using` and `await using`.
import { balance } from "@connect-ts/balance";
import { nodeConnector } from "@connect-ts/balance/node";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { expect, it } from "@jest/globals";
import { createPingServiceClient, createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { rejection, until } from "./helpers.js";
import { pingService } from "./ping-service.js";

it("a server that is declared by `await using` is closed, and breaks off the calls that run", async () => {
  let running = false;
  let failure: Promise<{ readonly code: string }> | undefined;
  let url: string;
  {
    const stuck = () => {
      running = true;
      return new Promise<never>(() => {});
    };
    await using server = await serve({
      handlers: createPingServiceHandler({ ...pingService(), ping: stuck }, { onError: () => {} }),
    });
    url = server.url;
    failure = rejection(createPingServiceClient(createNodeTransport({ baseUrl: url })).ping({}));
    await until(() => running);
  }
  expect(await failure).toMatchObject({ code: "unavailable" });
  const late = createPingServiceClient(createNodeTransport({ baseUrl: url }));
  expect((await rejection(late.ping({}))).message).toContain("ECONNREFUSED");
});

it.each(["1.1", "2"] as const)("a transport that is declared by `using` is closed: HTTP/%s", async (http) => {
  await using server = await serve({ handlers: createPingServiceHandler(pingService()) });
  let client: ReturnType<typeof createPingServiceClient>;
  {
    using transport = createNodeTransport({ baseUrl: server.url, http });
    client = createPingServiceClient(transport);
    await client.ping({});
  }
  expect(await rejection(client.ping({}))).toMatchObject({ code: "unavailable", rawMessage: "the client was closed" });
});

it("a balanced transport that is declared by `await using` is drained", async () => {
  await using server = await serve({ handlers: createPingServiceHandler(pingService()) });
  let answer: unknown;
  let transport: ReturnType<typeof balance>;
  {
    await using declared = balance({ addresses: [server.url], connect: nodeConnector() });
    transport = declared;
    answer = createPingServiceClient(transport).ping({ text: "last" });
  }
  expect(transport.servers()).toEqual([]);
  expect(await answer).toMatchObject({ text: "last" });
});

it("a stream that is declared by `await using` is canceled", async () => {
  await using server = await serve({ handlers: createPingServiceHandler(pingService()) });
  using transport = createNodeTransport({ baseUrl: server.url });
  const client = createPingServiceClient(transport);
  let trailers: Promise<unknown>;
  {
    await using stream = client.countUp({ number: 1_000_000n });
    trailers = stream.trailers;
    await stream.headers;
  }
  expect(await rejection(trailers)).toMatchObject({ code: "canceled" });
});
