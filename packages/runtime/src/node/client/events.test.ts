import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { describe, expect, it } from "@jest/globals";
import type { HttpFailure } from "../../http/http-failure.js";
import { grpc } from "../../protocol/grpc/client.js";
import { callOf, failureOf, kinds } from "../../testing/client-fixtures.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { Collector, until } from "../../testing/node/collector.js";
import { TestRouter } from "../../testing/node/echo-router.js";
import { endStream, FrameType, field, goaway, reset, responseHead, wireServer } from "../../testing/node/h2-wire.js";
import { requestTo } from "../../testing/node/request-head.js";
import { serveRouter } from "../../testing/node/test-server.js";
import { createNodeHttpClient } from "./http-client.js";
import { createNodeTransport } from "./transport.js";

const onCleanup = useCleanup();
const contentType = field("content-type", "application/grpc");

/** Notes all events, by their names. */
function listen(): readonly (readonly [string, unknown])[] {
  const events: (readonly [string, unknown])[] = [];
  for (const name of ["connection-opened", "connection-reused", "connection-closed", "goaway", "call-retried"]) {
    const note = (message: unknown): void => void events.push([name, message]);
    subscribe(`connect-ts:client:${name}`, note);
    onCleanup(() => void unsubscribe(`connect-ts:client:${name}`, note));
  }
  return events;
}

describe.each(["1.1", "2"] as const)("a client over HTTP/%s tells those who listen", (httpVersion) => {
  it("of connections that open, are used again and close, and of GOAWAY", async () => {
    const events = listen();
    const server = await serveRouter(new TestRouter());
    onCleanup(() => server.close());
    const origin = `http://127.0.0.1:${server.port}`;
    const client = createNodeHttpClient({ baseUrl: origin, http: httpVersion });
    for (let i = 0; i < 2; i++) {
      const response = new Collector();
      client.request(requestTo("/test/a"), response).end(Buffer.from("hello"));
      await response.over;
      expect(response.status).toBe(200);
    }
    const about = { origin, address: `127.0.0.1:${server.port}`, httpVersion };
    expect(events).toEqual([
      ["connection-opened", about],
      ["connection-reused", about],
    ]);
    await server.drain();
    await until(() => events.at(-1)?.[0] === "connection-closed");
    expect(events.slice(2).map(([name]) => name)).toContain("connection-closed");
    if (httpVersion === "2")
      expect(events.slice(2)).toContainEqual(["goaway", { ...about, code: 0, debug: expect.anything() }]);
    client.close?.();
  });
});

describe.each([
  [
    "refuses it",
    (id: number, socket: Socket) => void socket.write(reset(id, 7)),
    "the stream was reset with REFUSED_STREAM",
  ],
  [
    "is closing",
    (_id: number, socket: Socket) => void socket.write(goaway(0, 0)),
    "the server did not process the request: it is closing the connection",
  ],
])("a call that is sent again because the server %s", (_, refuse, reason) => {
  it.each(kinds)("is told of once, with its procedure: %s", async (kind) => {
    const events = listen();
    let requests = 0;
    const server = await wireServer(({ type, id }, socket) => {
      if (type !== FrameType.headers) return;
      if (++requests === 1) refuse(id, socket);
      else socket.write(responseHead(id, endStream, contentType, field("grpc-status", "5")));
    });
    onCleanup(() => server.close());
    const origin = `http://127.0.0.1:${server.port}`;
    const transport = createNodeTransport({ baseUrl: origin, protocol: grpc() });
    onCleanup(() => transport.close?.());
    expect(await failureOf(callOf(kind, transport))).toMatchObject({ code: "not_found", isRemote: true });
    const retries = events.filter(([name]) => name === "call-retried").map(([, message]) => message);
    expect(retries).toEqual([{ origin, path: "/t.Service/Do", reason }]);
  });
});

it("a call that is sent again over HTTP/1.1 is told of without what its query has", async () => {
  const events = listen();
  const server = await serveRouter(new TestRouter());
  onCleanup(() => server.close());
  const client = createNodeHttpClient({ baseUrl: `http://127.0.0.1:${server.port}` });
  onCleanup(() => client.close?.());
  const again: HttpFailure = { reason: "lost", stale: true, message: "the connection was closed" };
  const response = new Collector();
  client.request(requestTo("/test/a?message=secret", { again }), response).end();
  await response.over;
  expect(events[0]).toEqual(["call-retried", { origin: client.origin, path: "/test/a", reason: again.message }]);
});
