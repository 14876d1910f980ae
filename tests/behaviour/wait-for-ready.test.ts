import { createServer } from "node:net";
import { createNodeTransport, type Server, serve } from "@connect-ts/runtime/node";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createPingServiceClient, createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { rejection, sleep } from "./helpers.js";
import { kindsOfCalls } from "./kinds.js";
import { protocols } from "./pairs.js";
import { pingService } from "./ping-service.js";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** A port where nobody listens yet. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function start(port: number): Promise<void> {
  servers.push(await serve({ handlers: createPingServiceHandler(pingService()), host: "127.0.0.1", port }));
}

describe.each([
  ["connect", "1.1"],
  ["connect", "2"],
  ["grpc", "2"],
  ["grpc-web", "1.1"],
] as const)("waitForReady with %s over HTTP/%s", (protocol, http) => {
  const kinds = kindsOfCalls.filter(({ kind }) => http === "2" || kind !== "bidirectional");

  it("lets calls of each kind wait until there is a server, and others fail at once", async () => {
    const port = await freePort();
    const transport = createNodeTransport({
      baseUrl: `http://127.0.0.1:${port}`,
      http,
      protocol: protocols[protocol](),
    });
    const client = createPingServiceClient(transport);
    expect(await rejection(client.ping({}))).toMatchObject({ code: "unavailable" });
    const waiting = kinds.map(({ run }) => run(client, { waitForReady: true, timeoutMs: 20_000 }));
    await sleep(100);
    await start(port);
    expect(await Promise.all(waiting)).toEqual(kinds.map(() => 2n));
    transport.close?.();
  });

  it("lets streams wait whose messages are large, or many", async () => {
    const port = await freePort();
    const transport = createNodeTransport({
      baseUrl: `http://127.0.0.1:${port}`,
      http,
      protocol: protocols[protocol](),
    });
    const client = createPingServiceClient(transport);
    const options = { waitForReady: true, timeoutMs: 60_000 };
    const padding = new Uint8Array(200_000);
    const numbers = Array.from({ length: 20_000 }, () => ({ number: 1n }));
    const large = (async () => {
      const lengths: number[] = [];
      for await (const message of client.countUp({ number: 1n, padding }, options))
        lengths.push(message.padding.length);
      return lengths;
    })();
    const many = client.sum(numbers, options);
    const call = client.sum(options);
    const sent = (async () => {
      for (const number of numbers) await call.send(number);
      call.closeSend();
      return (await call.response).message.sum;
    })();
    await sleep(100);
    await start(port);
    expect([await large, (await many).sum, await sent]).toEqual([[200_000], 20_000n, 20_000n]);
    transport.close?.();
  });

  it("ends with the deadline, and when the call is canceled", async () => {
    const client = createPingServiceClient(
      createNodeTransport({ baseUrl: `http://127.0.0.1:${await freePort()}`, http, protocol: protocols[protocol]() }),
    );
    for (const { run } of kinds) {
      const late = rejection(run(client, { waitForReady: true, timeoutMs: 60 }));
      const signal = AbortSignal.timeout(60);
      const canceled = rejection(run(client, { waitForReady: true, signal }));
      expect((await late).code).toBe("deadline_exceeded");
      expect(["canceled", "deadline_exceeded"]).toContain((await canceled).code);
    }
  });
});

it("a waitForReady that is no boolean is refused", async () => {
  const client = createPingServiceClient(createNodeTransport({ baseUrl: "http://127.0.0.1:1" }));
  expect((await rejection(client.ping({}, { waitForReady: 1 as never }))).rawMessage).toContain(
    "waitForReady of a call must be of type boolean, not 1",
  );
});
