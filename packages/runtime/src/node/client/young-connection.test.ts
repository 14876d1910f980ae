import net, { type Socket } from "node:net";
import { expect, it } from "@jest/globals";
import { useCleanup } from "../../testing/node/cleanup.js";
import { Collector, until } from "../../testing/node/collector.js";
import {
  data,
  endStream,
  type Frame,
  FrameType,
  goaway,
  responseHead,
  settings,
  wireServer,
} from "../../testing/node/h2-wire.js";
import { requestTo } from "../../testing/node/request-head.js";
import { createNodeHttpClient } from "./http-client.js";
import type { NodeHttpClientOptions } from "./options.js";

const onCleanup = useCleanup();
const maxConcurrentStreams = 3;
const isRequest = ({ type }: Frame): boolean => type === FrameType.headers;

async function start(
  onFrame: (frame: Frame, socket: Socket) => void,
  hello: Buffer | undefined,
  options: Partial<NodeHttpClientOptions>,
) {
  const server = await wireServer(onFrame, { settings: hello });
  onCleanup(() => server.close());
  const client = createNodeHttpClient({ baseUrl: `http://127.0.0.1:${server.port}`, http: "2", ...options });
  onCleanup(() => client.close?.());
  const call = (): Collector => {
    const response = new Collector();
    client.request(requestTo("/"), response).end();
    return response;
  };
  return { server, call };
}

/** Where connections are made at once, and reach the port 40 ms later. */
async function slowRoute(port: number): Promise<number> {
  const relay = net.createServer((near) => {
    setTimeout(() => {
      const far = net.connect(port, "127.0.0.1");
      near.pipe(far).pipe(near);
      for (const socket of [near, far]) socket.on("error", () => {});
      onCleanup(() => {
        near.destroy();
        far.destroy();
      });
    }, 40);
  });
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
  onCleanup(() => relay.close());
  return (relay.address() as net.AddressInfo).port;
}

it.each([
  ["idleTimeoutMs", { idleTimeoutMs: 10 }],
  ["maxConnectionAgeMs", { maxConnectionAgeMs: 10 }],
])("a connection that takes longer than %s until it is ready is used all the same", async (_, options) => {
  const { call, server } = await start(
    (got, socket) => {
      if (isRequest(got)) socket.write(Buffer.concat([responseHead(got.id, 0), data(got.id, "ok", endStream)]));
    },
    undefined,
    { ...options, createConnection: async ({ port }) => net.connect(await slowRoute(port), "127.0.0.1") },
  );
  const calls = [call(), call()];
  for (const { over } of calls) await over;
  expect(calls.map(({ text }) => text)).toEqual(["ok", "ok"]);
  expect(server.sockets).toHaveLength(1);
});

it.each([1, 1000])("streamWindowBytes of %d is what a server may send before it is read", async (streamWindowBytes) => {
  const announced: number[] = [];
  const { call } = await start(
    (got, socket) => {
      // SETTINGS_INITIAL_WINDOW_SIZE (RFC 9113 section 6.5.2)
      for (let at = 0; got.type === FrameType.settings && at < got.payload.byteLength; at += 6)
        if (got.payload.readUInt16BE(at) === 4) announced.push(got.payload.readUInt32BE(at + 2));
      if (isRequest(got)) socket.write(Buffer.concat([responseHead(got.id, 0), data(got.id, "o", endStream)]));
    },
    undefined,
    { streamWindowBytes },
  );
  const response = call();
  await response.over;
  expect(response.text).toBe("o");
  expect(announced).toEqual([streamWindowBytes]);
});

it("a call that waits gets another connection when the pause is over after one that failed", async () => {
  let attempts = 0;
  const requests: Frame[] = [];
  const { call } = await start(
    (got) => void (isRequest(got) && requests.push(got)),
    settings(maxConcurrentStreams, 1),
    {
      createConnection({ port }) {
        if (++attempts === 2) throw new Error("not now");
        return net.connect(port, "127.0.0.1");
      },
    },
  );
  // The first one is never answered.
  call();
  await until(() => requests.length === 1);
  call();
  await until(() => requests.length === 2);
  expect(attempts).toBe(3);
});

it("a server that announces with each request that it goes, and then answers, is connected to for each call", async () => {
  const { call, server } = await start(
    (got, socket) => {
      if (!isRequest(got)) return;
      socket.write(goaway(got.id, 0));
      setTimeout(() => {
        socket.write(Buffer.concat([responseHead(got.id, 0), data(got.id, "ok", endStream)]));
      }, 5);
    },
    settings(maxConcurrentStreams, 1),
    { maxConnections: 1 },
  );
  const calls = Array.from({ length: 5 }, call);
  for (const { over } of calls) await over;
  expect(calls.map(({ text }) => text)).toEqual(Array(5).fill("ok"));
  expect(server.sockets).toHaveLength(5);
});
