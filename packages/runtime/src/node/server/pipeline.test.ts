import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import { describe, expect, it } from "@jest/globals";
import { useCleanup } from "../../testing/node/cleanup.js";
import { sleep, until } from "../../testing/node/collector.js";
import { TestRouter } from "../../testing/node/echo-router.js";
import { listen, post } from "../../testing/node/h1-talk.js";
import { serveRouter } from "../../testing/node/test-server.js";
import { routerListener } from "./node-handler.js";
import { maxPipelined } from "./pipeline.js";

const onCleanup = useCleanup();
const whole = `${post}content-length: 2\r\n\r\nhi`;

/** Connects, and sends. */
function send(port: number, text: string): net.Socket {
  const socket = net.connect(port, "127.0.0.1");
  onCleanup(() => socket.destroy());
  socket.on("error", () => {});
  socket.write(text);
  return socket;
}

const places: [string, (router: TestRouter) => Promise<number>][] = [
  [
    "serve()",
    async (router) => {
      const server = await serveRouter(router);
      onCleanup(() => server.close());
      return server.port;
    },
  ],
  ["nodeHandler", (router) => listen(onCleanup, routerListener(router, undefined))],
];

describe.each(places)("requests that were pipelined, under %s,", (_place, start) => {
  it.each([
    ["read", true],
    ["not read", false],
  ])("and %s are over when the connection closes", async (_how, read) => {
    const router = new TestRouter(({ response }) => {
      if (read) response.resume();
    });
    const socket = send(await start(router), whole.repeat(50));
    await until(() => router.exchanges.length === 50);
    await sleep(20);
    const { exchanges } = router;
    socket.destroy();
    await until(() => router.active === 0);
    for (const { events } of exchanges) expect(events.slice(-2)).toEqual(["error", "closed"]);
  });

  it("are answered in their order", async () => {
    const router = new TestRouter();
    const socket = send(await start(router), whole.repeat(maxPipelined));
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
    });
    await until(() => text.split("HTTP/1.1 200 OK").length === maxPipelined + 1);
    expect(socket.destroyed).toBe(false);
  });

  it("are bounded: more of them end the connection and all its calls", async () => {
    const router = new TestRouter(() => {});
    const get = "GET /test/a HTTP/1.1\r\nhost: a\r\n\r\n";
    const socket = send(await start(router), get.repeat(2_000));
    await until(() => socket.destroyed);
    expect(router.exchanges).toHaveLength(maxPipelined + 1);
    await until(() => router.active === 0);
  });
});

describe("a request whose client has left", () => {
  it("over HTTP/1.1 does not reach the router", async () => {
    const router = new TestRouter();
    const handler = routerListener(router, undefined);
    let late = false;
    const port = await listen(onCleanup, (request, response) => {
      request.socket.once("close", () => {
        handler(request, response);
        late = true;
      });
    });
    const socket = send(port, whole);
    await sleep(20);
    socket.destroy();
    await until(() => late);
    expect(router.exchanges).toEqual([]);
  });

  it("over HTTP/2 does not reach the router", async () => {
    const router = new TestRouter();
    const handler = routerListener(router, undefined);
    let late = false;
    let came = false;
    const server = http2.createServer((request, response) => {
      came = true;
      request.stream.on("error", () => {});
      request.stream.once("close", () => {
        handler(request, response);
        late = true;
      });
    });
    await new Promise<void>((resolve) => server.listen(0, () => resolve()));
    onCleanup(() => new Promise((resolve) => server.close(resolve)));
    const session = http2.connect(`http://127.0.0.1:${(server.address() as net.AddressInfo).port}`);
    onCleanup(() => session.destroy());
    session.request({ ":method": "POST", ":path": "/test/a" });
    await until(() => came);
    session.destroy();
    await until(() => late);
    expect(router.exchanges).toEqual([]);
  });
});

describe("a fallback's requests", () => {
  it("that were pipelined do not keep a drain waiting when their connection closed", async () => {
    const router = new TestRouter();
    let came = 0;
    const server = await serveRouter(router, { fallback: () => came++ });
    onCleanup(() => server.close());
    const socket = send(server.port, "GET /else HTTP/1.1\r\nhost: a\r\n\r\n".repeat(5));
    await until(() => came === 5);
    socket.destroy();
    await sleep(20);
    const begin = performance.now();
    await server.drain({ graceMs: 60_000 });
    expect(performance.now() - begin).toBeLessThan(30_000);
  });
});

describe("a socket of a server", () => {
  it("that breaks in the hands of an upgrade does not end the process", async () => {
    const server = await serveRouter(new TestRouter());
    onCleanup(() => server.close());
    let broke = false;
    server.http.on("upgrade", (_request, socket) => {
      socket.destroy(new Error("broken in test"));
      broke = true;
    });
    const socket = send(server.port, "GET /chat HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n");
    await until(() => broke && socket.destroyed);
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      http.get({ port: server.port, host: "127.0.0.1", path: "/test/a", agent: false }, resolve).on("error", reject);
    });
    response.resume();
    expect(response.statusCode).toBe(200);
  });
});
