import { describe, expect, it } from "@jest/globals";
import { useCleanup } from "../testing/node/cleanup.js";
import { Collector, until } from "../testing/node/collector.js";
import { TestRouter } from "../testing/node/echo-router.js";
import {
  endStream,
  FrameType,
  frame,
  requestHead,
  responseHead,
  uint32,
  wireClient,
  wireServer,
} from "../testing/node/h2-wire.js";
import { requestTo } from "../testing/node/request-head.js";
import { serveRouter } from "../testing/node/test-server.js";
import { createNodeHttpClient } from "./client/http-client.js";
import { checkHttp2Limits, type Http2Limits } from "./http2-limits.js";
import type { NodeServer } from "./server/serve.js";

const onCleanup = useCleanup();
const ping = frame(FrameType.ping, 0, 0, uint32(1, 2));
const pings = (count: number): Buffer => Buffer.concat(Array(count).fill(ping));

describe("http2Limits", () => {
  async function answersOf(http2Limits: Http2Limits | undefined, count: number): Promise<readonly string[]> {
    const server: NodeServer = await serveRouter(new TestRouter(), { http2Limits });
    onCleanup(() => server.close());
    const client = await wireClient(server.port);
    onCleanup(() => client.socket.destroy());
    client.socket.write(Buffer.concat([pings(count), requestHead(1, endStream, "/test/a")]));
    await until(() => client.of(1).length > 0 || client.socket.destroyed);
    return client.of(1);
  }

  it("of a server end connections that do more, and let others be", async () => {
    const few = { pings: { burst: 5, perSecond: 1 } };
    expect(await answersOf(few, 5)).toHaveLength(2);
    expect(await answersOf(few, 6)).toEqual([]);
    expect(await answersOf(undefined, 6)).toHaveLength(2);
  });

  it("of a server may be more than by default", async () => {
    expect(await answersOf(undefined, 1_500)).toEqual([]);
    expect(await answersOf({ pings: { burst: 2_000, perSecond: 1 } }, 1_500)).toHaveLength(2);
  });

  it.each([
    [undefined, 6, "ok"],
    [{ pings: { burst: 5, perSecond: 1 } }, 6, "lost"],
    [{ pings: { burst: 5, perSecond: 1 } }, 5, "ok"],
  ])(
    "of a client (%j) end the connection of a server that sends %i pings, or not: %s",
    async (http2Limits, count, end) => {
      const server = await wireServer(({ type, id }, socket) => {
        if (type === FrameType.headers) socket.write(Buffer.concat([pings(count), responseHead(id, endStream)]));
      });
      onCleanup(() => server.close());
      const client = createNodeHttpClient({ baseUrl: `http://127.0.0.1:${server.port}`, http: "2", http2Limits });
      onCleanup(() => client.close?.());
      const response = new Collector();
      client.request(requestTo("/"), response).end();
      await response.over;
      expect(response.failure?.reason ?? "ok").toBe(end);
    },
  );

  it.each([
    [{ ping: { burst: 1, perSecond: 1 } }, 'there is no HTTP/2 limit "ping"'],
    [{ pings: 5 }, 'the HTTP/2 limit "pings" is a rate: { burst, perSecond }'],
    [{ maxHeaderBytes: 5 }, 'http2Limits has no "maxHeaderBytes": there are other options for it'],
    [{ maxContinuations: 0 }, 'the HTTP/2 limit "maxContinuations" is a positive number'],
  ])("are checked: %j", (given, message) => {
    expect(() => checkHttp2Limits(given as Http2Limits)).toThrow(new TypeError(message));
    expect(() => createNodeHttpClient({ baseUrl: "http://a", http2Limits: given as Http2Limits })).toThrow(message);
  });
});
