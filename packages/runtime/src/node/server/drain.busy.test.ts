// A file of its own: for more than a second it leaves the process no time for anything else.
import { expect, it } from "@jest/globals";
import { HeaderMap } from "../../http/header-map.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { until } from "../../testing/node/collector.js";
import { TestRouter } from "../../testing/node/echo-router.js";
import { endStream, FrameType, parseFrames, requestHead, wireClient } from "../../testing/node/h2-wire.js";
import { serveRouter } from "../../testing/node/test-server.js";

const onCleanup = useCleanup();

it("a server that was too busy to read in time still answers what a client sent before it knew of the drain", async () => {
  const router = new TestRouter(({ response }) => response.respond(200, new HeaderMap()));
  const server = await serveRouter(router);
  onCleanup(() => server.close());
  const client = await wireClient(server.port);
  onCleanup(() => client.socket.destroy());
  client.socket.write(requestHead(1, endStream, "/test/a"));
  await until(() => client.of(1).includes("HEADERS+END"));
  const onFrame = ({ type }: { type: number }): void => {
    if (type !== FrameType.ping) return;
    // Before the answer to the PING.
    client.socket.write(requestHead(3, endStream, "/test/b"));
    const end = performance.now() + 1_100;
    while (performance.now() < end);
  };
  client.socket.prependListener("data", parseFrames(0, onFrame));
  await server.drain({ graceMs: 5_000 });
  expect(client.of(3)).toEqual(["HEADERS+END"]);
});
