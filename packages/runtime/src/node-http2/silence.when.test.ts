import { expect, it } from "@jest/globals";
import { ManualTime } from "../testing/manual-time.js";
import { useCleanup } from "../testing/node/cleanup.js";
import { Collector, until } from "../testing/node/collector.js";
import { type Frame, FrameType, wireServer } from "../testing/node/h2-wire.js";
import { requestTo } from "../testing/node/request-head.js";
import { createNodeHttp2Client } from "./http-client.js";

const onCleanup = useCleanup();

it("a client on node:http2 pings a server that is silent for pingIntervalMs, and not before", async () => {
  const server = await wireServer(() => {}, { answerPings: false });
  onCleanup(() => server.close());
  const time = new ManualTime();
  onCleanup(() => time.restore());
  const client = createNodeHttp2Client({ baseUrl: `http://127.0.0.1:${server.port}`, pingIntervalMs: 60_000 });
  onCleanup(() => client.close?.());
  const count = (type: number): number => server.frames.filter((frame: Frame) => frame.type === type).length;
  /** Frames come in order: a request says that all before it has come. */
  async function sendRequest(): Promise<void> {
    const before = count(FrameType.headers);
    client.request(requestTo("/test/"), new Collector()).end();
    await until(() => count(FrameType.headers) > before);
  }

  await sendRequest();
  await time.pass(59_999);
  await sendRequest();
  expect(count(FrameType.ping)).toBe(0);
  await time.pass(1);
  await sendRequest();
  expect(count(FrameType.ping)).toBe(1);
});
