import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { expect, it } from "@jest/globals";
import { useCleanup } from "../../testing/node/cleanup.js";
import { Collector, until } from "../../testing/node/collector.js";
import { TestRouter } from "../../testing/node/echo-router.js";
import { requestTo } from "../../testing/node/request-head.js";
import { serveRouter } from "../../testing/node/test-server.js";
import { createNodeHttpClient } from "../client/http-client.js";

const onCleanup = useCleanup();

function listen(): [string, unknown][] {
  const heard: [string, unknown][] = [];
  for (const event of ["open", "close", "goaway"]) {
    const name = `connect-ts:server:connection:${event}`;
    const hear = (message: unknown): void => void heard.push([event, message]);
    subscribe(name, hear);
    onCleanup(() => unsubscribe(name, hear));
  }
  return heard;
}

it.each([
  ["1.1", ["open", "close"]],
  ["2", ["open", "goaway", "close"]],
] as const)(
  "channels tell of a connection of HTTP/%s, opened, told to go and closed, with the same object",
  async (httpVersion, events) => {
    const heard = listen();
    const server = await serveRouter(new TestRouter());
    const client = createNodeHttpClient({ baseUrl: `http://127.0.0.1:${server.port}`, http: httpVersion });
    onCleanup(() => client.close?.());
    const response = new Collector();
    client.request(requestTo("/test/a"), response).end(Buffer.from("hello"));
    await response.over;
    expect(heard).toEqual([
      [
        "open",
        {
          address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
          httpVersion,
          tls: false,
          durationMs: undefined,
          reason: undefined,
        },
      ],
    ]);
    await server.drain({ graceMs: 1_000 });
    await until(() => heard.at(-1)?.[0] === "close");
    expect([...new Set(heard.map(([event]) => event))]).toEqual(events);
    expect(new Set(heard.map(([, message]) => message)).size).toBe(1);
    expect(heard[0]?.[1]).toMatchObject({ durationMs: expect.any(Number), reason: expect.stringMatching(/./) });
  },
);

it("nobody is told of connections that were opened before anybody listened", async () => {
  const server = await serveRouter(new TestRouter());
  const client = createNodeHttpClient({ baseUrl: `http://127.0.0.1:${server.port}`, http: "2" });
  onCleanup(() => client.close?.());
  const response = new Collector();
  client.request(requestTo("/test/a"), response).end();
  await response.over;
  const heard = listen();
  await server.close();
  expect(heard).toEqual([]);
});
