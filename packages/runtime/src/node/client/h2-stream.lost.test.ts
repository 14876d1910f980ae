import type { Socket } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../../http/header-map.js";
import type { HttpClient } from "../../http/http-client.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { Collector, sleep, until } from "../../testing/node/collector.js";
import {
  data,
  endStream,
  FrameType,
  field,
  frame,
  goaway,
  reset,
  responseHead,
  settings,
  trailers,
  uint32,
  type WireServer,
  type WireServerOptions,
  wireServer,
} from "../../testing/node/h2-wire.js";
import { requestTo } from "../../testing/node/request-head.js";
import { createNodeHttpClient } from "./http-client.js";
import type { NodeHttpClientOptions } from "./options.js";

const onCleanup = useCleanup();
const maxConcurrentStreams = 3;
const maxHeaderListSize = 6;

async function start(
  onFrame: Parameters<typeof wireServer>[0],
  options: Partial<NodeHttpClientOptions> = {},
  serverOptions: WireServerOptions = {},
): Promise<{ server: WireServer; client: HttpClient }> {
  const server = await wireServer(onFrame, serverOptions);
  onCleanup(() => server.close());
  const client = createNodeHttpClient({ baseUrl: `http://127.0.0.1:${server.port}`, http: "2", ...options });
  onCleanup(() => client.close?.());
  return { server, client };
}

function call(client: HttpClient): Collector {
  const response = new Collector();
  client.request(requestTo("/"), response).end(Buffer.from("x"));
  return response;
}

const isRequest = (got: { type: number }): boolean => got.type === FrameType.headers;
const ok = (id: number): Buffer => Buffer.concat([responseHead(id, 0), data(id, "ok", endStream)]);

describe("a connection that dies", () => {
  it.each([
    ["FIN", (socket: Socket) => socket.end()],
    ["RST", (socket: Socket) => socket.resetAndDestroy()],
  ])("by %s loses the calls on it, and the next call gets a new one", async (_name, kill) => {
    let first = true;
    const { client, server } = await start((got, socket) => {
      if (!isRequest(got)) return;
      if (!first) socket.write(ok(got.id));
      else socket.write(Buffer.concat([responseHead(got.id, 0), data(got.id, "half")]), () => kill(socket));
      first = false;
    });
    const response = call(client);
    await response.over;
    expect(response.failure).toMatchObject({ reason: "lost" });
    expect(response.failure?.unprocessed).toBeUndefined();
    const next = call(client);
    await next.over;
    expect(next.text).toBe("ok");
    expect(server.sockets).toHaveLength(2);
  });

  it("because it speaks no HTTP/2 cannot be connected to", async () => {
    const { client } = await start(() => {}, {}, { settings: Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n") });
    const response = call(client);
    await response.over;
    expect(response.failure).toMatchObject({ reason: "connect", unprocessed: true });
  });

  it("because it answers no pings loses the calls on it", async () => {
    const { client } = await start(() => {}, { pingIntervalMs: 20, pingTimeoutMs: 30 }, { answerPings: false });
    const response = call(client);
    await response.over;
    expect(response.failure).toMatchObject({ reason: "lost" });
    expect(response.failure?.message).toContain("ping");
  });

  it("because it said GOAWAY with an error, did not close, and says no more loses the calls on it", async () => {
    const { client, server } = await start(
      (got, socket) => {
        if (isRequest(got)) socket.write(goaway(got.id, 9));
      },
      { pingTimeoutMs: 30 },
      { answerPings: false },
    );
    const response = call(client);
    await response.over;
    expect(response.failure).toMatchObject({ reason: "lost" });
    expect(response.failure?.message).toContain("after a GOAWAY with COMPRESSION_ERROR");
    expect(server.frames.filter(({ type }) => type === FrameType.ping)).toHaveLength(1);
  });

  it("lives on after a GOAWAY with an error, if it answers", async () => {
    const { client, server } = await start(
      (got, socket) => {
        if (isRequest(got)) socket.write(goaway(got.id, 2));
        if (got.type === FrameType.ping) socket.write(ok(1));
      },
      { pingTimeoutMs: 30_000 },
    );
    const response = call(client);
    await response.over;
    expect(response.text).toBe("ok");
    expect(server.frames.filter(({ type }) => type === FrameType.ping)).toHaveLength(1);
  });

  it("does not die of pings that are answered", async () => {
    const { client, server } = await start(() => {}, { pingIntervalMs: 10, pingTimeoutMs: 500 });
    const response = call(client);
    await until(() => server.frames.filter(({ type }) => type === FrameType.ping).length > 3);
    expect(response.events).toEqual([]);
  });

  it.each([
    ["a frame that is too large", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["DATA on stream 0", data(0, "x")],
    ["DATA on a stream that is not open", data(9, "x")],
    ["headers that are no HPACK", frame(FrameType.headers, 4, 1, Buffer.alloc(5, 0xff))],
    ["a CONTINUATION of nothing", frame(FrameType.continuation, 4, 1, Buffer.from([0x88]))],
    ["a PING of three bytes", frame(FrameType.ping, 0, 0, Buffer.alloc(3))],
    ["a reset of stream 0", reset(0, 0)],
    ["a window that overflows", frame(FrameType.windowUpdate, 0, 0, uint32(0x7fff_ffff))],
  ])("because of %s loses the calls on it, and the next call gets a new one", async (_name, illegal) => {
    const { client, server } = await start((got, socket) => {
      if (isRequest(got)) socket.write(server.sockets.length === 1 ? illegal : ok(got.id));
    });
    const response = call(client);
    await response.over;
    expect(response.failure).toMatchObject({ reason: "lost" });
    const next = call(client);
    await next.over;
    expect(next.text).toBe("ok");
  });

  it("is told from one whose server is slow to read and to answer", async () => {
    const { client } = await start(async (got, socket) => {
      if (!isRequest(got)) return;
      socket.pause();
      await sleep(1_200);
      socket.resume();
      socket.write(ok(got.id));
    });
    const response = new Collector();
    client.request(requestTo("/"), response).end(Buffer.alloc(8_000_000));
    await response.over;
    expect(response.text).toBe("ok");
  });
});

describe("a response that is cut at any byte", () => {
  const bytes = Buffer.concat([
    responseHead(1, 0, field("content-type", "x")),
    data(1, "hello"),
    trailers(1, field("status", "0")),
  ]);

  it.each([
    ["FIN", (socket: Socket) => socket.end()],
    ["RST", (socket: Socket) => socket.resetAndDestroy()],
  ])("by %s is lost and never seen as complete", async (_name, cut) => {
    let length = 0;
    const { server, client } = await start((got, socket) => {
      if (isRequest(got)) socket.write(bytes.subarray(0, length), () => setTimeout(() => cut(socket), 2));
    });
    for (length = 0; length < bytes.byteLength; length++) {
      // A client of its own, or the back-off of connections that were of no use would come between.
      const other = createNodeHttpClient({ baseUrl: `http://127.0.0.1:${server.port}`, http: "2" });
      onCleanup(() => other.close?.());
      const response = call(other);
      await response.over;
      expect(response.events.at(-1)).toBe("error");
      expect(response.failure).toMatchObject({ reason: "lost" });
    }
    const whole = call(client);
    await whole.over;
    expect(whole.text).toBe("hello");
    expect(whole.trailers?.get("status")).toBe("0");
  });
});

describe("GOAWAY", () => {
  it("fails streams above its last id as unprocessed, and the next call goes elsewhere", async () => {
    const { client, server } = await start((got, socket) => {
      if (!isRequest(got)) return;
      socket.write(server.sockets.length === 1 ? goaway(0, 0) : ok(got.id));
    });
    const response = call(client);
    await response.over;
    expect(response.failure).toMatchObject({ unprocessed: true });
    const next = call(client);
    await next.over;
    expect(next.text).toBe("ok");
    expect(server.sockets).toHaveLength(2);
  });

  it.each([1, 0x7fff_ffff])("with last id %i lets the call end", async (lastId) => {
    const { client, server } = await start(async (got, socket) => {
      if (!isRequest(got)) return;
      if (server.sockets.length === 1) socket.write(goaway(lastId, 0));
      await sleep(100);
      socket.write(ok(got.id));
    });
    const response = call(client);
    await until(() => server.frames.some(isRequest));
    await sleep(30);
    const next = call(client);
    await Promise.all([response.over, next.over]);
    expect([response.text, next.text]).toEqual(["ok", "ok"]);
    expect(server.sockets).toHaveLength(2);
    await until(() => server.sockets[0]?.readableEnded === true);
  });

  it("with an error loses the call, as unprocessed when it is above the last id", async () => {
    for (const lastId of [0, 1]) {
      const { client } = await start((got, socket) => {
        if (isRequest(got)) socket.end(goaway(lastId, 11));
      });
      const response = call(client);
      await response.over;
      expect(response.failure).toMatchObject({ reason: "lost" });
      expect(response.failure?.unprocessed).toBe(lastId === 0 ? true : undefined);
    }
  });
});

describe("the server's limit of concurrent streams", () => {
  it("is kept: more calls open more connections, and beyond those they wait", async () => {
    const open: (() => void)[] = [];
    const { client, server } = await start(
      (got, socket) => {
        if (isRequest(got)) open.push(() => socket.write(ok(got.id)));
      },
      { maxConnections: 2 },
      { settings: settings(maxConcurrentStreams, 2) },
    );
    const responses = [1, 2, 3, 4, 5].map(() => call(client));
    await until(() => open.length === 4);
    await sleep(30);
    expect(open).toHaveLength(4);
    expect(server.sockets).toHaveLength(2);
    for (const answer of open) answer();
    await until(() => open.length === 5);
    open[4]?.();
    await Promise.all(responses.map(({ over }) => over));
    expect(responses.map(({ text }) => text)).toEqual(["ok", "ok", "ok", "ok", "ok"]);
  });

  it("forgets a call that was given up while it waited", async () => {
    let count = 0;
    const { client } = await start(
      (got) => {
        if (isRequest(got)) count++;
      },
      { maxConnections: 1 },
      { settings: settings(maxConcurrentStreams, 1) },
    );
    const first = client.request(requestTo("/"), new Collector());
    first.end();
    await until(() => count === 1);
    const waiting = new Collector();
    const stream = client.request(requestTo("/"), waiting);
    stream.end();
    stream.cancel();
    first.cancel();
    await sleep(30);
    expect(count).toBe(1);
    expect(waiting.events).toEqual([]);
  });
});

describe("giving up", () => {
  it("sends RST_STREAM CANCEL, and not the end of the request before it", async () => {
    const { client, server } = await start(() => {});
    const response = new Collector();
    const stream = client.request(requestTo("/"), response);
    stream.write(Buffer.from("half"));
    await until(() => server.frames.some(({ type }) => type === FrameType.data));
    stream.cancel();
    await until(() => server.frames.some(({ type }) => type === FrameType.reset));
    const frames = server.frames.filter(({ id }) => id === 1);
    expect(frames.map(({ type, flags }) => [type, flags & endStream])).toEqual([
      [FrameType.headers, 0],
      [FrameType.data, 0],
      [FrameType.reset, 0],
    ]);
    expect(frames[2]?.payload).toEqual(uint32(8));
    expect(response.events).toEqual([]);
  });
});

describe("an idle connection", () => {
  it("is closed after the idle time, and the next call opens another", async () => {
    const { client, server } = await start(
      (got, socket) => {
        if (isRequest(got)) socket.write(ok(got.id));
      },
      { idleTimeoutMs: 40 },
    );
    await call(client).over;
    await until(() => server.sockets[0]?.readableEnded === true || server.sockets[0]?.destroyed === true);
    const next = call(client);
    await next.over;
    expect(next.text).toBe("ok");
    expect(server.sockets).toHaveLength(2);
  });

  it("is not closed while there is a call", async () => {
    const { client } = await start(
      async (got, socket) => {
        if (!isRequest(got)) return;
        await sleep(150);
        socket.write(ok(got.id));
      },
      { idleTimeoutMs: 30 },
    );
    const response = call(client);
    await response.over;
    expect(response.text).toBe("ok");
  });

  it("gets no new calls when its stream ids run out", async () => {
    const { client, server } = await start((got, socket) => {
      if (isRequest(got)) socket.write(ok(got.id));
    });
    await call(client).over;
    const [first] = (client as unknown as { pool: { connections: { connection: { nextId: number } }[] } }).pool
      .connections;
    if (first !== undefined) first.connection.nextId = 0x7fff_ffff - 2 * 65_536;
    for (let i = 0; i < 3; i++) {
      const response = call(client);
      await response.over;
      expect(response.text).toBe("ok");
    }
    expect(server.sockets).toHaveLength(2);
  });

  it("gets no new calls after its maximal age", async () => {
    const { client, server } = await start(
      (got, socket) => {
        if (isRequest(got)) socket.write(ok(got.id));
      },
      { maxConnectionAgeMs: 40 },
    );
    await call(client).over;
    await sleep(60);
    await call(client).over;
    expect(server.sockets).toHaveLength(2);
  });
});

describe("connecting", () => {
  it("fails with the reason when nobody listens", async () => {
    const server = await wireServer(() => {});
    await server.close();
    const client = createNodeHttpClient({ baseUrl: `http://127.0.0.1:${server.port}`, http: "2" });
    onCleanup(() => client.close?.());
    const response = call(client);
    await response.over;
    expect(response.failure).toMatchObject({ reason: "connect", unprocessed: true });
    expect(response.failure?.message).toContain("ECONNREFUSED");
  });

  it("fails when a refused stream was not processed", async () => {
    const { client } = await start((got, socket) => {
      if (isRequest(got)) socket.write(reset(got.id, 7));
    });
    const response = call(client);
    await response.over;
    expect(response.failure).toMatchObject({ reason: "reset", resetCode: 7, unprocessed: true });
  });

  it("says so when the request's headers are larger than the server takes", async () => {
    const { client } = await start(() => {}, {}, { settings: settings(maxHeaderListSize, 16_384) });
    const response = new Collector();
    const headers = new HeaderMap([["x-large", "y".repeat(80_000)]]);
    client.request(requestTo("/", { headers }), response).end();
    await response.over;
    expect(response.failure).toMatchObject({ reason: "limit" });
    expect(response.failure?.message).toContain("16384");
  });

  it("refuses requests after close()", async () => {
    const { client } = await start(() => {});
    client.close?.();
    const response = call(client);
    await response.over;
    expect(response.failure).toMatchObject({ reason: "lost", unprocessed: true });
  });
});
