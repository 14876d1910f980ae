import net, { type Socket } from "node:net";
import { describe, expect, it } from "@jest/globals";
import type { HttpClient } from "../../http/http-client.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { Collector, sleep, until } from "../../testing/node/collector.js";
import {
  data,
  endStream,
  type Frame,
  FrameType,
  goaway,
  responseHead,
  settings,
  type WireServer,
  wireServer,
} from "../../testing/node/h2-wire.js";
import { requestTo } from "../../testing/node/request-head.js";
import { createNodeHttpClient } from "./http-client.js";
import type { NodeHttpClientOptions } from "./options.js";

const onCleanup = useCleanup();
const maxConcurrentStreams = 3;
const isRequest = ({ type }: Frame): boolean => type === FrameType.headers;
const answer = (id: number): Buffer => Buffer.concat([responseHead(id, 0), data(id, "ok", endStream)]);

async function start(
  onFrame: (frame: Frame, socket: Socket) => void,
  hello?: Buffer,
  options: Partial<NodeHttpClientOptions> = {},
): Promise<{ readonly server: WireServer; readonly client: HttpClient }> {
  const server = await wireServer(onFrame, { settings: hello });
  onCleanup(() => server.close());
  const client = createNodeHttpClient({ baseUrl: `http://127.0.0.1:${server.port}`, http: "2", ...options });
  onCleanup(() => client.close?.());
  return { server, client };
}

function call(client: HttpClient): Collector & { readonly cancel: () => void } {
  const response = new Collector();
  const stream = client.request(requestTo("/"), response);
  stream.end();
  return Object.assign(response, { cancel: () => stream.cancel() });
}

const holding = (): number => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;

describe("a server that allows no requests", () => {
  const none = settings(maxConcurrentStreams, 0);

  it("gets one connection, and calls wait for it", async () => {
    const { client, server } = await start((got, socket) => isRequest(got) && socket.write(answer(got.id)), none);
    const calls = Array.from({ length: 40 }, () => call(client));
    await sleep(50);
    expect(server.sockets).toHaveLength(1);
    expect(calls.flatMap(({ events }) => events)).toEqual([]);
    server.sockets[0]?.write(settings(maxConcurrentStreams, 100));
    for (const { over } of calls) await over;
    expect(calls.every(({ text }) => text === "ok")).toBe(true);
    expect(server.sockets).toHaveLength(1);
  });

  it("any more gets no other connection for it", async () => {
    const { client, server } = await start((got, socket) => {
      if (isRequest(got)) socket.write(Buffer.concat([settings(maxConcurrentStreams, 0), responseHead(got.id, 0)]));
    });
    const open = call(client);
    await open.headed;
    call(client);
    await sleep(30);
    expect(server.sockets).toHaveLength(1);
    expect(open.events).toEqual(["head"]);
  });

  it("keeps its connection while calls wait for it, however long it has been idle", async () => {
    const { client, server } = await start(() => {}, none, { idleTimeoutMs: 20 });
    const waiting = call(client);
    await sleep(80);
    expect(server.sockets).toHaveLength(1);
    expect(server.sockets[0]?.readableEnded).toBe(false);
    waiting.cancel();
    await until(() => server.sockets[0]?.readableEnded === true);
  });

  it("keeps the process alive while a call waits for it, and not longer", async () => {
    const { client, server } = await start(() => {}, none);
    const waiting = call(client);
    await until(() => server.sockets.length === 1);
    server.sockets[0]?.unref();
    await sleep(30);
    expect(holding()).toBe(1);
    waiting.cancel();
    expect(holding()).toBe(0);
  });

  it("is pinged while calls wait for it", async () => {
    const { client, server } = await start(() => {}, none, { pingIntervalMs: 10 });
    call(client);
    await until(() => server.frames.some(({ type }) => type === FrameType.ping));
  });

  it("is given up after maxConnectionAgeMs, and another connection is tried: its calls do not fail by it", async () => {
    const { client, server } = await start(() => {}, none, { maxConnectionAgeMs: 20 });
    const waiting = call(client);
    await until(() => server.sockets.length === 4);
    expect(waiting.events).toEqual([]);
  });
});

it("a server that allows one request gets as many connections as calls, up to maxConnections", async () => {
  const requests: [Frame, Socket][] = [];
  const { client, server } = await start(
    (got, socket) => void (isRequest(got) && requests.push([got, socket])),
    settings(maxConcurrentStreams, 1),
    { maxConnections: 3 },
  );
  const calls = Array.from({ length: 5 }, () => call(client));
  await until(() => requests.length === 3);
  await sleep(20);
  expect(server.sockets).toHaveLength(3);
  for (let i = 0; i < 5; i++) {
    await until(() => requests.length > i);
    const [{ id }, socket] = requests[i] as [Frame, Socket];
    socket.write(answer(id));
  }
  for (const { over } of calls) await over;
  expect(server.sockets).toHaveLength(3);
});

it("calls that wait do not fail because no further connection can be made", async () => {
  const requests: [Frame, Socket][] = [];
  let attempts = 0;
  const { client, server } = await start(
    (got, socket) => void (isRequest(got) && requests.push([got, socket])),
    settings(maxConcurrentStreams, 1),
    {
      createConnection({ port }) {
        if (++attempts > 1) throw new Error("no more than one");
        return net.connect(port, "127.0.0.1");
      },
    },
  );
  const calls = [call(client), call(client)];
  await until(() => attempts === 2);
  await sleep(20);
  expect(server.sockets).toHaveLength(1);
  expect(calls.flatMap(({ events }) => events)).toEqual([]);
  for (let i = 0; i < 2; i++) {
    await until(() => requests.length > i);
    const [{ id }, socket] = requests[i] as [Frame, Socket];
    socket.write(answer(id));
  }
  for (const { over } of calls) await over;
  expect(calls.map(({ text }) => text)).toEqual(["ok", "ok"]);
});

describe.each([
  ["answers each connection with GOAWAY", (socket: Socket) => socket.write(goaway(0, 0))],
  ["closes each connection after its SETTINGS", (socket: Socket) => socket.end()],
  ["breaks each connection after its SETTINGS", (socket: Socket) => socket.resetAndDestroy()],
])("a server that %s", (_, leave) => {
  it.each([
    ["is there", (got: Frame) => got.type === FrameType.settings && got.flags === 0],
    ["has a request", isRequest],
  ])("as soon as it %s is not connected to again and again", async (_name, when) => {
    const { client, server } = await start((got, socket) => when(got) && leave(socket));
    const failures: unknown[] = [];
    for (let i = 0; i < 12; i++) {
      const response = call(client);
      await response.over;
      failures.push(response.failure?.reason);
    }
    expect(server.sockets).toHaveLength(2);
    expect(failures.slice(2)).toEqual(Array(10).fill("connect"));
  });
});

it("a server that answers before it closes each connection is connected to for each call", async () => {
  const { client, server } = await start((got, socket) => isRequest(got) && socket.end(answer(got.id)));
  for (let i = 0; i < 5; i++) {
    const response = call(client);
    await response.over;
    expect(response.text).toBe("ok");
    await until(() => server.sockets[i]?.readableEnded === true);
  }
});
