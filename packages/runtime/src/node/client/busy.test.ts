// A process that is busy sees its timers before it sees what came in time.
import net, { type LookupFunction } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { busy } from "../../testing/node/busy.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { Collector } from "../../testing/node/collector.js";
import { TestRouter } from "../../testing/node/echo-router.js";
import { requestTo } from "../../testing/node/request-head.js";
import { serveRouter } from "../../testing/node/test-server.js";
import { createNodeHttpClient } from "./http-client.js";
import type { NodeHttpClientOptions } from "./options.js";

const onCleanup = useCleanup();

/** Makes a call to a server, and is busy as soon as the connection is being made. */
async function busyCall(
  options: Partial<NodeHttpClientOptions>,
  made: () => boolean,
): Promise<{ readonly response: Collector; readonly connections: number }> {
  const server = await serveRouter(new TestRouter());
  onCleanup(() => server.close());
  let connections = 0;
  server.listener.on("connection", () => connections++);
  const client = createNodeHttpClient({ baseUrl: `http://a.example:${server.port}`, ...options });
  onCleanup(() => client.close?.());
  const response = new Collector();
  client.request(requestTo("/test/a"), response).end(Buffer.from("hello"));
  while (!made()) await Promise.resolve();
  for (let i = 0; i < 20; i++) await Promise.resolve();
  busy(80);
  await response.over;
  return { response, connections };
}

describe.each(["1.1", "2"] as const)("over HTTP/%s", (http) => {
  it("a connection that was made in time is not given up", async () => {
    let made = false;
    const { response } = await busyCall(
      {
        http,
        connectTimeoutMs: 50,
        createConnection({ port }) {
          made = true;
          return net.connect(port, "127.0.0.1");
        },
      },
      () => made,
    );
    expect(response).toMatchObject({ failure: undefined, text: "hello" });
  });

  it("no further address is tried beside one that has answered", async () => {
    let made = false;
    const lookup: LookupFunction = (_host, _options, done) => {
      made = true;
      done(null, [
        { address: "127.0.0.1", family: 4 },
        { address: "127.0.0.1", family: 4 },
      ]);
    };
    const { response, connections } = await busyCall({ http, lookup, connectionAttemptDelayMs: 50 }, () => made);
    expect(response).toMatchObject({ failure: undefined, text: "hello" });
    expect(connections).toBe(1);
  });
});
