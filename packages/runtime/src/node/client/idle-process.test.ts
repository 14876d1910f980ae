import { describe, expect, it } from "@jest/globals";
import { useCleanup } from "../../testing/node/cleanup.js";
import { Collector, until } from "../../testing/node/collector.js";
import { type Exchange, echo, TestRouter } from "../../testing/node/echo-router.js";
import { requestTo } from "../../testing/node/request-head.js";
import { serveRouter } from "../../testing/node/test-server.js";
import { createNodeHttpClient } from "./http-client.js";

const onCleanup = useCleanup();

/** What keeps the process alive of connections and timers. */
function holding(): string[] {
  return process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap");
}

describe.each(["1.1", "2"] as const)("a client on HTTP/%s", (http) => {
  it("keeps the process alive during a call and not after it", async () => {
    const exchanges: Exchange[] = [];
    const server = await serveRouter(new TestRouter((exchange) => void exchanges.push(exchange)));
    onCleanup(() => server.close());
    server.listener.on("connection", (socket) => socket.unref());
    const client = createNodeHttpClient({ baseUrl: `http://127.0.0.1:${server.port}`, http, pingIntervalMs: 1_000 });
    onCleanup(() => client.close?.());
    for (let i = 1; i <= 2; i++) {
      const response = new Collector();
      client.request(requestTo("/test/a"), response).end(Buffer.from("hello"));
      await until(() => exchanges.length === i);
      expect(holding()).toHaveLength(1);
      echo(exchanges.at(-1) as Exchange);
      await response.over;
      await until(() => holding().length === 0);
    }
  });
});
