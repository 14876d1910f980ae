import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../../http/header-map.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { sleep, until } from "../../testing/node/collector.js";
import { type Exchange, TestRouter } from "../../testing/node/echo-router.js";
import {
  endStream,
  FrameType,
  frame,
  requestHead,
  uint32,
  type WireClient,
  wireClient,
} from "../../testing/node/h2-wire.js";
import { serveRouter } from "../../testing/node/test-server.js";

const onCleanup = useCleanup();
const none = new HeaderMap();

async function start(run: (exchange: Exchange) => void): Promise<{ client: WireClient; router: TestRouter }> {
  const router = new TestRouter(run);
  const server = await serveRouter(router);
  onCleanup(() => server.close());
  const client = await wireClient(server.port);
  onCleanup(() => client.socket.destroy());
  return { client, router };
}

describe("back-pressure on a response over HTTP/2", () => {
  it("is told by write() and ends with drain()", async () => {
    let free = true;
    let written = 0;
    let drains = 0;
    const { client, router } = await start((exchange) => {
      const { response } = exchange;
      response.head(200, none);
      const fill = (): void => {
        do {
          free = response.write(Buffer.alloc(10_000));
          written += 10_000;
        } while (free && written < 1_000_000);
      };
      exchange.onDrain = () => {
        drains++;
      };
      fill();
    });
    // The default window is 64 KiB.
    client.socket.write(requestHead(1, endStream, "/test/a"));
    await until(() => router.exchanges.length === 1);
    expect(free).toBe(false);
    expect(written).toBeLessThan(200_000);
    await sleep(30);
    client.socket.write(
      Buffer.concat([
        frame(FrameType.windowUpdate, 0, 0, uint32(1_000_000)),
        frame(FrameType.windowUpdate, 0, 1, uint32(1_000_000)),
      ]),
    );
    await until(() => drains === 1);
    router.last.response.end();
  });

  it("breaks the call off when the client takes nothing for too long", async () => {
    const router = new TestRouter(({ response }) => {
      response.head(200, none);
      for (let i = 0; i < 20; i++) response.write(Buffer.alloc(10_000));
    });
    const server = await serveRouter(router, { stalledWriterTimeoutMs: 60 });
    onCleanup(() => server.close());
    const client = await wireClient(server.port);
    onCleanup(() => client.socket.destroy());
    client.socket.write(requestHead(1, endStream, "/test/a"));
    await until(() => router.exchanges.length === 1);
    await router.last.over;
    expect(router.last.events).toEqual(["error", "closed"]);
    expect(router.last.failure?.message).toContain("did not read the response");
    await until(() => client.of(1).includes("RST:11"));
    expect(client.of(1).some((frame) => frame.endsWith("+END"))).toBe(false);
  });

  it("tells another reason when it is another: a head that the client does not take", async () => {
    const { client, router } = await start(({ response }) => {
      setImmediate(() => response.head(200, new HeaderMap([["x-big", "v".repeat(100)]])));
    });
    // SETTINGS_MAX_HEADER_LIST_SIZE
    client.socket.write(frame(FrameType.settings, 0, 0, Uint8Array.of(0, 6, 0, 0, 0, 100)));
    client.socket.write(requestHead(1, endStream, "/test/a"));
    await until(() => router.exchanges.length === 1);
    await router.last.over;
    expect([router.last.failure?.reason, router.last.failure?.message]).toEqual([
      "limit",
      "179 bytes of header fields, and the peer takes 100",
    ]);
    await until(() => client.of(1).includes("RST:11"));
  });

  it("does not break the call off while the client takes little", async () => {
    const router = new TestRouter((exchange) => {
      exchange.response.head(200, none);
      for (let i = 0; i < 20; i++) exchange.response.write(Buffer.alloc(10_000));
      exchange.response.end();
    });
    const server = await serveRouter(router, { stalledWriterTimeoutMs: 200 });
    onCleanup(() => server.close());
    const client = await wireClient(server.port);
    onCleanup(() => client.socket.destroy());
    client.socket.write(requestHead(1, endStream, "/test/a"));
    for (let i = 0; i < 14; i++) {
      await sleep(30);
      const more = frame(FrameType.windowUpdate, 0, 0, uint32(10_000));
      client.socket.write(Buffer.concat([more, frame(FrameType.windowUpdate, 0, 1, uint32(10_000))]));
    }
    await router.last.over;
    expect(router.last.events).toEqual(["closed"]);
  });
});
