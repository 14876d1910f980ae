import http2, { type ClientHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../http/header-map.js";
import type { HttpClient } from "../http/http-client.js";
import { useCleanup } from "../testing/node/cleanup.js";
import { Collector, sleep, until } from "../testing/node/collector.js";
import { type Exchange, TestRouter } from "../testing/node/echo-router.js";
import {
  data,
  endStream,
  FrameType,
  requestHead,
  reset,
  type WireClient,
  wireClient,
} from "../testing/node/h2-wire.js";
import { requestTo } from "../testing/node/request-head.js";
import { serveRouter } from "../testing/node/test-server.js";
import { createNodeHttpClient } from "./client.js";
import type { NodeServer } from "./serve.js";
import type { ServeOptions } from "./serve-options.js";

const onCleanup = useCleanup();
const none = new HeaderMap();

/** Servers of Node end a connection at its 1000th reset, and some. */
const many = 2_500;
const atOnce = 50;

/** Calls `/test/stay`, and breaks many others off meanwhile; then lets the first be answered. */
async function breakOffMany(client: HttpClient, began: () => number, answer: () => void): Promise<Collector> {
  const staying = new Collector();
  client.request(requestTo("/test/stay"), staying).end();
  await until(() => began() === 1);
  for (let i = 0; i < many; i += atOnce) {
    const calls = Array.from({ length: atOnce }, () => {
      const call = client.request(requestTo("/test/leave"), new Collector());
      call.end();
      return call;
    });
    await until(() => began() === 1 + i + atOnce);
    for (const call of calls) call.cancel();
  }
  answer();
  await staying.over;
  return staying;
}

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
    const staying = await breakOffMany(
      client,
      () => streams,
      () => answer(),
    );
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
    if (exchange.request.path === "/test/early") exchange.response.respond(200, none, undefined, none);
  });
  const server = await serveRouter(router, options);
  onCleanup(() => server.close());
  return { server, router, answer: () => staying?.response.respond(200, none) };
}

/** The codes of the GOAWAY frames that came. */
function goawayCodes({ frames }: WireClient): number[] {
  return frames.filter(({ type }) => type === FrameType.goaway).map(({ payload }) => payload.readUInt32BE(4));
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
  it("loses no other to nghttp2's limit, whatever the client", async () => {
    const { server, router, answer } = await startServer();
    const sessions: ClientHttp2Session[] = [];
    const goaways: number[] = [];
    /** The last connection that takes requests. */
    const current = (): ClientHttp2Session => {
      const last = sessions.at(-1);
      if (last !== undefined && !last.closed && !last.destroyed) return last;
      const session = http2.connect(server.url);
      session.on("goaway", (code) => goaways.push(code));
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
    expect(goaways.length).toBeGreaterThan(0);
    expect(goaways.filter((code) => code !== 0)).toEqual([]);
    expect(sessions.length).toBeLessThan(10);
  });

  it("refuses none of them, if they come one after another", async () => {
    const { server, router } = await startServer();
    const client = await wireClient(server.port);
    onCleanup(() => client.socket.destroy());
    for (let id = 1; goawayCodes(client).length === 0; id += 2) {
      client.socket.write(requestHead(id, endStream, "/test/leave"));
      await until(() => router.exchanges.length === (id + 1) / 2);
      client.socket.write(reset(id, 8));
      await until(() => router.active === 0);
    }
    const resets = router.exchanges.length;
    expect(resets).toBeGreaterThan(400);
    expect(resets).toBeLessThan(1_000);
    // What was on its way is served, and only then the connection ends.
    const first = client.frames.find(({ type }) => type === FrameType.goaway);
    expect([first?.payload.readUInt32BE(0), first?.payload.readUInt32BE(4)]).toEqual([0x7fff_ffff, 0]);
  });

  it("takes the end of a request after its response for no reset", async () => {
    const { server } = await startServer();
    const client = await wireClient(server.port);
    onCleanup(() => client.socket.destroy());
    for (let id = 1; id < 2 * 600; id += 2) {
      client.socket.write(requestHead(id, 0, "/test/early"));
      await until(() => client.of(id).length > 0);
      client.socket.write(data(id, "", endStream));
    }
    await sleep(50);
    expect(goawayCodes(client)).toEqual([]);
  });

  it("counts a reset with NO_ERROR after its response", async () => {
    const { server } = await startServer();
    const client = await wireClient(server.port);
    onCleanup(() => client.socket.destroy());
    let id = 1;
    for (; id < 2 * 600 && goawayCodes(client).length === 0; id += 2) {
      client.socket.write(requestHead(id, 0, "/test/early"));
      await until(() => client.of(id).length > 0 || goawayCodes(client).length > 0);
      client.socket.write(reset(id, 0));
    }
    await until(() => goawayCodes(client).length > 0);
    expect(goawayCodes(client)[0]).toBe(0);
  });

  it("takes no more from one that goes on after it was told to leave", async () => {
    const { server, router } = await startServer();
    const client = await wireClient(server.port);
    onCleanup(() => client.socket.destroy());
    // Keeps the connection open.
    client.socket.write(requestHead(1, endStream, "/test/stay"));
    await until(() => router.exchanges.length === 1);
    for (let id = 3; id < 2 * many; ) {
      for (let i = 0; i < atOnce; i++, id += 2)
        client.socket.write(Buffer.concat([requestHead(id, endStream, "/test/leave"), reset(id, 8)]));
      await sleep(2);
    }
    await sleep(100);
    expect(router.exchanges.length).toBeGreaterThan(500);
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
    expect(goawayCodes(client).filter((code) => code !== 0)).toEqual([]);
  });
});
