import { describe, expect, it } from "@jest/globals";
import type { HttpClient } from "../http/http-client.js";
import { useCleanup } from "../testing/node/cleanup.js";
import { Collector, until } from "../testing/node/collector.js";
import {
  data,
  endStream,
  type Frame,
  FrameType,
  frame,
  goaway,
  responseHead,
  type WireServer,
  wireServer,
} from "../testing/node/h2-wire.js";
import { requestTo } from "../testing/node/request-head.js";
import { createNodeHttp2Client, type NodeHttp2ClientOptions } from "./http-client.js";

const onCleanup = useCleanup();

async function start(
  onFrame: Parameters<typeof wireServer>[0],
  options: Partial<NodeHttp2ClientOptions>,
  answerPings: boolean,
): Promise<{ server: WireServer; client: HttpClient }> {
  const server = await wireServer(onFrame, { answerPings });
  onCleanup(() => server.close());
  const client = createNodeHttp2Client({ baseUrl: `http://127.0.0.1:${server.port}`, ...options });
  onCleanup(() => client.close?.());
  return { server, client };
}

function call(client: HttpClient): Collector {
  const response = new Collector();
  client.request(requestTo("/test/"), response).end();
  return response;
}

const isRequest = ({ type }: Frame): boolean => type === FrameType.headers;
const ok = (id: number): Buffer => Buffer.concat([responseHead(id, 0), data(id, "ok", endStream)]);
const pings = ({ frames }: WireServer): number => frames.filter(({ type }) => type === FrameType.ping).length;

describe("a client on node:http2 whose server is silent", () => {
  it("pings it, loses the connection when no answer comes, and makes another one", async () => {
    const { client, server } = await start(
      (got, socket) => {
        if (isRequest(got) && server.sockets.length > 1) socket.write(ok(got.id));
      },
      { pingIntervalMs: 20, pingTimeoutMs: 30 },
      false,
    );
    const response = call(client);
    await response.over;
    expect(response.failure).toMatchObject({
      reason: "lost",
      message: "the connection was lost: the server answered no ping within 30 ms",
    });
    expect(pings(server)).toBe(1);
    const next = call(client);
    await next.over;
    expect(next.text).toBe("ok");
  });

  it("goes on waiting while its pings are answered, and pings no more after the call", async () => {
    const { client, server } = await start(() => {}, { pingIntervalMs: 5, pingTimeoutMs: 30_000 }, true);
    const response = call(client);
    await until(() => pings(server) > 3);
    expect(response.events).toEqual([]);
    const request = server.frames.find(isRequest) as Frame;
    server.sockets[0]?.write(ok(request.id));
    await response.over;
    expect(response.text).toBe("ok");
  });

  it("does not ping a server that sends", async () => {
    const { client, server } = await start(
      (got, socket) => {
        if (isRequest(got)) socket.write(ok(got.id));
      },
      { pingIntervalMs: 30_000, pingTimeoutMs: 30_000 },
      true,
    );
    for (let i = 0; i < 3; i++) await call(client).over;
    expect(pings(server)).toBe(0);
  });

  it.each([
    ["GOAWAY with an error", (id: number) => goaway(id, 9)],
    ["headers that are no HPACK", (id: number) => frame(FrameType.headers, 4, id, Buffer.alloc(5, 0xff))],
    ["DATA on a stream that is not open", () => data(9, "x")],
  ])("after %s loses the calls on the connection, and the next call gets a new one", async (_, last) => {
    const { client, server } = await start(
      (got, socket) => {
        if (isRequest(got)) socket.write(server.sockets.length > 1 ? ok(got.id) : last(got.id));
      },
      { pingIntervalMs: 20, pingTimeoutMs: 30 },
      false,
    );
    const response = call(client);
    await response.over;
    expect(response.failure).toMatchObject({ reason: "lost" });
    const next = call(client);
    await next.over;
    expect(next.text).toBe("ok");
  });
});
