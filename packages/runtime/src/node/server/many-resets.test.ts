import http2, { type ClientHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../../http/header-map.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { Collector, sleep, until } from "../../testing/node/collector.js";
import { type Exchange, TestRouter } from "../../testing/node/echo-router.js";
import {
  data,
  endStream,
  FrameType,
  requestHead,
  reset,
  type WireClient,
  wireClient,
} from "../../testing/node/h2-wire.js";
import { requestTo } from "../../testing/node/request-head.js";
import { serveRouter } from "../../testing/node/test-server.js";
import { createNodeHttpClient } from "../client/http-client.js";
import type { ServeOptions } from "./options.js";
import type { NodeServer } from "./serve.js";

const onCleanup = useCleanup();
const noHeaders = new HeaderMap();
const none = Buffer.alloc(0);

/** Servers of Node end a connection at its 1000th reset, and some. */
const many = 2_500;
const atOnce = 50;

describe("a client that breaks off many calls", () => {
  it("loses no other to a server that allows so many on a connection", async () => {
    let streams = 0;
    let sessions = 0;
    let answer = (): void => {};
    const server = http2.createServer();
    server.on("session", () => sessions++);
    server.on("stream", (stream, headers) => {
      streams++;
      stream.on("error", () => {});
      if (headers[":path"] === "/test/stay") answer = () => stream.respond({ ":status": 200 }, { endStream: true });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onCleanup(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const { port } = server.address() as AddressInfo;
    const client = createNodeHttpClient({ baseUrl: `http://127.0.0.1:${port}`, http: "2" });
    onCleanup(() => client.close?.());
    const staying = new Collector();
    client.request(requestTo("/test/stay"), staying).end();
    await until(() => streams === 1);
    while (streams < many) {
      const before = streams;
      const calls = Array.from({ length: atOnce }, () => client.request(requestTo("/test/leave"), new Collector()));
      for (const call of calls) call.end();
      await until(() => streams === before + atOnce);
      for (const call of calls) call.cancel();
    }
    answer();
    await staying.over;
    expect(staying.events).toEqual(["head", "end"]);
    expect(sessions).toBeGreaterThan(1);
    expect(sessions).toBeLessThan(10);
  });
});

/** A server on which `/test/stay` is answered at the end, and all else never. */
async function startServer(
  options?: Partial<ServeOptions>,
): Promise<{ server: NodeServer; router: TestRouter; answer: () => void }> {
  let staying: Exchange | undefined;
  const router = new TestRouter((exchange) => {
    if (exchange.request.path === "/test/stay") staying = exchange;
    if (exchange.request.path === "/test/early") exchange.response.respond(200, noHeaders);
    if (exchange.request.path === "/test/unread") setTimeout(() => exchange.response.respond(200, noHeaders), 20);
    if (exchange.request.path === "/test/broken") exchange.response.reset(http2.constants.NGHTTP2_INTERNAL_ERROR);
  });
  const server = await serveRouter(router, options);
  onCleanup(() => server.close());
  return { server, router, answer: () => staying?.response.respond(200, noHeaders) };
}

/** The GOAWAY frames that came. */
function goaways({ frames }: WireClient): { lastId: number; code: number }[] {
  return frames
    .filter(({ type }) => type === FrameType.goaway)
    .map(({ payload }) => ({ lastId: payload.readUInt32BE(0), code: payload.readUInt32BE(4) }));
}

/** The status that a call of Node's own client ends with. */
function statusOf(session: ClientHttp2Session, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":path": path });
    stream.on("response", (headers) => resolve(headers[":status"]));
    stream.on("error", reject);
    stream.resume();
  });
}

describe("a server whose client breaks off many calls", () => {
  it("loses no other to the limit, whatever the client", async () => {
    const { server, router, answer } = await startServer();
    const sessions: ClientHttp2Session[] = [];
    const codes: number[] = [];
    /** The last connection that takes requests. */
    const current = (): ClientHttp2Session => {
      const last = sessions.at(-1);
      if (last !== undefined && !last.closed && !last.destroyed) return last;
      const session = http2.connect(server.url);
      session.on("goaway", (code) => codes.push(code));
      session.on("error", () => {});
      sessions.push(session);
      onCleanup(() => session.destroy());
      return session;
    };
    const staying = statusOf(current(), "/test/stay");
    await until(() => router.exchanges.length === 1);
    let sent = 1;
    let unsent = 0;
    while (sent - unsent < many) {
      const streams = Array.from({ length: atOnce }, () => {
        const stream = current().request({ ":path": "/test/leave" });
        stream.on("error", () => {});
        // Node's client refuses what it has not sent when a GOAWAY comes.
        stream.on("close", () => {
          if (stream.rstCode === http2.constants.NGHTTP2_REFUSED_STREAM) unsent++;
        });
        return stream;
      });
      sent += atOnce;
      await until(() => router.exchanges.length + unsent === sent);
      for (const stream of streams) stream.close(http2.constants.NGHTTP2_CANCEL);
      await until(() => router.active === 1);
    }
    answer();
    expect(await staying).toBe(200);
    expect(codes.length).toBeGreaterThan(0);
    expect(codes.filter((code) => code !== 0)).toEqual([]);
    expect(sessions.length).toBeLessThan(10);
  });

  it("is told to leave in order, and its other calls end well", async () => {
    const { server, router, answer } = await startServer();
    const client = await wireClient(server.port);
    onCleanup(() => client.socket.destroy());
    client.socket.write(requestHead(1, endStream, "/test/stay"));
    let id = 3;
    while (goaways(client).length === 0) {
      const ids = Array.from({ length: atOnce }, (_, i) => id + 2 * i);
      id += 2 * atOnce;
      client.socket.write(Buffer.concat(ids.map((each) => requestHead(each, endStream, "/test/leave"))));
      // What is sent after the last GOAWAY is not taken.
      await until(() => router.exchanges.length === (id - 1) / 2 || goaways(client).length > 0);
      if (goaways(client).length > 0) break;
      client.socket.write(Buffer.concat(ids.map((each) => reset(each, 8))));
      await until(() => router.active === 1);
    }
    const last = 2 * router.exchanges.length - 1;
    expect(last).toBeGreaterThan(2 * 700);
    expect(last).toBeLessThan(2 * 2_000);
    expect(goaways(client)).toEqual([{ lastId: last, code: 0 }]);
    answer();
    await until(() => client.of(1).includes("HEADERS+END"));
  });

  it.each([
    ["ends requests after their answers", "/test/early", (id: number) => data(id, "", endStream)],
    ["leaves requests open that were answered", "/test/early", () => none],
    ["sends requests that nobody reads", "/test/unread", () => none],
    ["gets its calls broken off by the server", "/test/broken", () => none],
  ] as const)("does not count one that %s", async (_, path, rest) => {
    const { server, router } = await startServer();
    const client = await wireClient(server.port);
    onCleanup(() => client.socket.destroy());
    const ids = Array.from({ length: 600 }, (_, i) => 2 * i + 1);
    for (const id of ids) {
      client.socket.write(requestHead(id, 0, path));
      if (path === "/test/unread") client.socket.write(data(id, "x", endStream));
      if (id % 100 === 99) await until(() => client.of(id).length > 0);
    }
    await until(() => ids.every((id) => client.of(id).length > 0));
    for (const id of ids) client.socket.write(rest(id));
    await until(() => router.active === 0);
    await sleep(50);
    // A connection that is to be left says so at the next stream.
    client.socket.write(requestHead(1201, endStream, path));
    await until(() => client.of(1201).length > 0);
    expect(goaways(client)).toEqual([]);
  });

  it("counts a reset with NO_ERROR after its response", async () => {
    const { server } = await startServer();
    const client = await wireClient(server.port);
    onCleanup(() => client.socket.destroy());
    for (let id = 1; id < 2 * many && goaways(client).length === 0; ) {
      const ids = Array.from({ length: atOnce }, (_, i) => id + 2 * i);
      id += 2 * atOnce;
      client.socket.write(Buffer.concat(ids.map((each) => requestHead(each, 0, "/test/early"))));
      await until(() => client.of(id - 2).length > 0 || goaways(client).length > 0);
      client.socket.write(Buffer.concat(ids.map((each) => reset(each, 0))));
    }
    await until(() => goaways(client).length > 0);
    expect(goaways(client)[0]?.code).toBe(0);
  });

  it("takes no more from one that goes on after it was told to leave", async () => {
    const { server, router } = await startServer();
    const client = await wireClient(server.port);
    onCleanup(() => client.socket.destroy());
    // Keeps the connection open.
    client.socket.write(requestHead(1, endStream, "/test/stay"));
    await until(() => router.exchanges.length === 1);
    for (let id = 3; id < 2 * 1_400; ) {
      for (let i = 0; i < atOnce; i++, id += 2)
        client.socket.write(Buffer.concat([requestHead(id, endStream, "/test/leave"), reset(id, 8)]));
      await sleep(2);
    }
    await until(() => router.exchanges.length > 500 && router.active === 1);
    await sleep(100);
    expect(router.exchanges.length).toBeLessThan(1_500);
    expect(router.active).toBe(1);
  });

  it("lets all calls of a connection be broken off at once", async () => {
    const { server, router, answer } = await startServer({ maxConcurrentStreams: 900 });
    const client = await wireClient(server.port);
    onCleanup(() => client.socket.destroy());
    client.socket.write(requestHead(1, endStream, "/test/stay"));
    let id = 3;
    const breakOff = async (count: number): Promise<void> => {
      const ids = Array.from({ length: count }, (_, i) => id + 2 * i);
      id += 2 * count;
      client.socket.write(Buffer.concat(ids.map((each) => requestHead(each, endStream, "/test/leave"))));
      await until(() => router.exchanges.length === (id - 1) / 2);
      client.socket.write(Buffer.concat(ids.map((each) => reset(each, 8))));
      await until(() => router.active === 1);
    };
    await breakOff(450);
    await breakOff(899);
    answer();
    await until(() => client.of(1).length > 0);
    expect(client.of(1)).toEqual(["HEADERS+END"]);
    expect(goaways(client).filter(({ code }) => code !== 0)).toEqual([]);
  });
});
