// A file of its own: what proxies are told of streams.
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { expect, it } from "@jest/globals";
import { createPingServiceClient, createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { pingService } from "./ping-service.js";

it.each([
  ["1.1", "no"],
  ["2", null],
] as const)("a stream over HTTP/%s asks proxies not to buffer it: %s", async (http, expected) => {
  const server = await serve({ handlers: createPingServiceHandler(pingService()), host: "127.0.0.1" });
  const transport = createNodeTransport({ baseUrl: `http://127.0.0.1:${server.port}`, http });
  const stream = createPingServiceClient(transport).countUp({ number: 1n });
  for await (const _ of stream);
  expect((await stream.headers).get("x-accel-buffering")).toBe(expected);
  transport.close?.();
  await server.close();
});
