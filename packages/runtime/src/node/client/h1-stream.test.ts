import http from "node:http";
import type { Socket } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../../http/header-map.js";
import type { HttpClient } from "../../http/http-client.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { Collector, sleep, until } from "../../testing/node/collector.js";
import { type RawServer, rawServer } from "../../testing/node/raw-server.js";
import { requestTo } from "../../testing/node/request-head.js";
import { createNodeHttpClient } from "./http-client.js";
import type { NodeHttpClientOptions } from "./options.js";

const onCleanup = useCleanup();

async function start(
  onData: (text: string, socket: Socket, connection: number) => void,
  options: Partial<NodeHttpClientOptions> = {},
): Promise<{ server: RawServer; client: HttpClient }> {
  const server = await rawServer(onData);
  onCleanup(() => server.close());
  const client = createNodeHttpClient({ baseUrl: `http://127.0.0.1:${server.port}`, http: "1.1", ...options });
  onCleanup(() => client.close?.());
  return { server, client };
}

async function call(client: HttpClient): Promise<Collector> {
  const response = new Collector();
  client.request(requestTo("/"), response).end(Buffer.from("x"));
  await response.over;
  return response;
}

const isHead = (text: string): boolean => text.startsWith("POST");
const ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

describe("a request over HTTP/1.1", () => {
  it("goes with the length of its body when that is whole", async () => {
    const { client, server } = await start((text, socket) => {
      if (isHead(text)) socket.write(ok);
    });
    const response = new Collector();
    client.request(requestTo("/a?b", { headers: new HeaderMap([["x-one", "1"]]) }), response).end(Buffer.from("body"));
    await response.over;
    expect(server.received()).toBe(
      `POST /a?b HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\nx-one: 1\r\ncontent-length: 4\r\nConnection: keep-alive\r\n\r\nbody`,
    );
  });

  it("goes in chunks when it is streamed", async () => {
    const { client, server } = await start((text, socket) => {
      if (text.endsWith("0\r\n\r\n")) socket.write(ok);
    });
    const response = new Collector();
    const stream = client.request(requestTo("/"), response);
    stream.write(Buffer.from("one"));
    await until(() => server.received().includes("one"));
    stream.write(Buffer.from("two"));
    stream.end();
    await response.over;
    expect(server.received()).toContain("transfer-encoding: chunked\r\n");
    expect(server.received()).toMatch(/3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n$/);
  });

  it("sends its head alone when it is flushed", async () => {
    const { client, server } = await start((text, socket) => {
      if (text.includes("\r\n\r\n")) socket.write(ok);
    });
    const response = new Collector();
    const stream = client.request(requestTo("/"), response);
    stream.flushHead();
    await response.headed;
    expect(server.received()).toContain("POST / HTTP/1.1");
    stream.cancel();
  });

  it("without a body says so, and a GET has no length", async () => {
    const { client, server } = await start((_text, socket) => socket.write(ok));
    const post = new Collector();
    client.request(requestTo("/"), post).end();
    await post.over;
    expect(server.received()).toContain("content-length: 0\r\n");
    const get = new Collector();
    client.request(requestTo("/get", { method: "GET" }), get).end();
    await get.over;
    expect(server.received().split("GET /get")[1]).not.toMatch(/content-length|transfer-encoding/);
  });

  it.each(["needsTrailers", "needsFullDuplex"])("that %s is refused with a hint", async (need) => {
    const { client, server } = await start(() => {});
    const response = new Collector();
    client.request(requestTo("/", { [need]: true }), response).end();
    expect(response.events).toEqual([]);
    await response.over;
    expect(response.failure).toMatchObject({ reason: "unsupported" });
    expect(response.failure?.message).toContain('http: "2"');
    expect(server.sockets).toHaveLength(0);
  });

  it("keeps connections, and uses them again", async () => {
    const { client, server } = await start((text, socket) => {
      if (isHead(text)) socket.write(ok);
    });
    for (let i = 0; i < 3; i++) expect((await call(client)).text).toBe("ok");
    expect(server.sockets).toHaveLength(1);
  });

  it("goes through an agent that is given", async () => {
    const agent = new http.Agent({ keepAlive: true });
    onCleanup(() => agent.destroy());
    let created = 0;
    const createConnection = agent.createConnection.bind(agent);
    agent.createConnection = (...args) => {
      created++;
      return createConnection(...args);
    };
    const { client } = await start((_text, socket) => socket.write(ok), { agent });
    expect((await call(client)).text).toBe("ok");
    expect(created).toBe(1);
  });

  it("given up closes its connection, and nothing more is told", async () => {
    const { client, server } = await start((text, socket) => {
      if (isHead(text)) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart");
    });
    const response = new Collector();
    const stream = client.request(requestTo("/"), response);
    stream.end(Buffer.from("x"));
    await response.headed;
    stream.cancel();
    await until(() => server.sockets[0]?.readableEnded === true || server.sockets[0]?.destroyed === true);
    await sleep(10);
    expect(response.events.filter((event) => event === "end" || event === "error")).toEqual([]);
  });

  it("is told to wait, and then to go on, when the server does not read", async () => {
    const { client, server } = await start((_text, socket, _connection) => {
      socket.pause();
    });
    const response = new Collector();
    const stream = client.request(requestTo("/"), response);
    let written = 0;
    let free = true;
    while (free && written < 100) {
      free = stream.write(Buffer.alloc(1_000_000));
      written++;
    }
    expect(free).toBe(false);
    await sleep(20);
    server.sockets[0]?.removeAllListeners("data");
    server.sockets[0]?.resume();
    await until(() => response.drains > 0);
    stream.cancel();
  });
});

describe("a response over HTTP/1.1", () => {
  it("may be in chunks, with trailers", async () => {
    const { client } = await start((text, socket) => {
      if (isHead(text))
        socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Last: 1\r\n\r\n");
    });
    const response = await call(client);
    expect(response.text).toBe("ok");
    expect(response.trailers?.get("x-last")).toBe("1");
  });

  it("without a length ends with the connection", async () => {
    const { client } = await start((text, socket) => {
      if (isHead(text)) socket.end("HTTP/1.1 200 OK\r\n\r\nall");
    });
    expect((await call(client)).text).toBe("all");
  });

  it("is paused and resumed", async () => {
    const { client } = await start((text, socket) => {
      if (isHead(text)) socket.write(ok);
    });
    const response = new Collector();
    const stream = client.request(requestTo("/"), response);
    stream.pause();
    stream.end(Buffer.from("x"));
    await response.headed;
    await sleep(20);
    expect(response.events).toEqual(["head"]);
    stream.resume();
    await response.over;
    expect(response.text).toBe("ok");
  });

  it("that is complete before the request is ends it, and the connection is not used again", async () => {
    const { client, server } = await start((text, socket) => {
      if (isHead(text)) socket.write(ok);
    });
    const response = new Collector();
    client.request(requestTo("/"), response).write(Buffer.from("half"));
    await response.over;
    expect(response.text).toBe("ok");
    expect((await call(client)).text).toBe("ok");
    expect(server.sockets).toHaveLength(2);
  });

  it("is read on when the server closes its side for requests", async () => {
    const { client } = await start((text, socket) => {
      if (!isHead(text)) return;
      socket.write("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 4\r\n\r\nha");
      setTimeout(() => socket.end("lf"), 20);
    });
    const response = new Collector();
    const stream = client.request(requestTo("/"), response);
    stream.write(Buffer.from("half"));
    await response.over;
    expect(response.text).toBe("half");
  });

  it("may have informational heads before it", async () => {
    const { client } = await start((text, socket) => {
      if (isHead(text)) socket.write(`HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${ok}`);
    });
    const response = await call(client);
    expect(response.status).toBe(200);
    expect(response.text).toBe("ok");
  });

  const whole = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
  const chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  it.each([
    ["FIN, of known length", whole, (socket: Socket) => socket.end()],
    ["RST, of known length", whole, (socket: Socket) => socket.resetAndDestroy()],
    ["FIN, in chunks", chunked, (socket: Socket) => socket.end()],
    ["RST, in chunks", chunked, (socket: Socket) => socket.resetAndDestroy()],
  ])("cut at any byte by %s is lost and never seen as complete", async (_name, bytes, cut) => {
    let length = 0;
    const { client } = await start((text, socket) => {
      if (isHead(text)) socket.write(bytes.slice(0, length), () => setTimeout(() => cut(socket), 1));
    });
    for (length = 0; length < bytes.length; length++) {
      const response = await call(client);
      expect(response.events.at(-1)).toBe("error");
      expect(response.failure).toMatchObject({ reason: "lost" });
      expect(response.failure?.unprocessed).toBeUndefined();
    }
    expect((await call(client)).text).toBe("hello");
  });

  it.each([
    ["no HTTP", "SSH-2.0-OpenSSH\r\n\r\n"],
    ["a bad chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"],
  ])("that is %s is told as illegal", async (_name, bytes) => {
    const { client } = await start((text, socket) => {
      if (isHead(text)) socket.write(bytes);
    });
    const response = await call(client);
    expect(response.failure).toMatchObject({ reason: "protocol" });
  });

  it.each([
    ["a header of 20 KB", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(20_000)}\r\n\r\n`],
    ["a header of 40 KB", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(40_000)}\r\n\r\n`],
    ["200 headers", `HTTP/1.1 200 OK\r\n${"x: y\r\n".repeat(200)}\r\n`],
    ["200 trailers", `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n${"x: y\r\n".repeat(200)}\r\n`],
  ])("with %s is more than this side takes", async (_name, bytes) => {
    const { client } = await start((text, socket) => {
      if (isHead(text)) socket.write(bytes);
    });
    const response = await call(client);
    expect(response.failure).toMatchObject({ reason: "limit" });
  });

  it("with a 101 is an error", async () => {
    const { client } = await start((text, socket) => {
      if (isHead(text)) socket.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n");
    });
    const response = await call(client);
    expect(response.failure).toBeDefined();
  });
});

describe("a connection of HTTP/1.1", () => {
  it("that nobody accepts fails with the reason", async () => {
    const { client, server } = await start(() => {});
    await server.close();
    const response = await call(client);
    expect(response.failure).toMatchObject({ reason: "connect", unprocessed: true });
    expect(response.failure?.message).toContain("ECONNREFUSED");
  });

  it("that takes too long fails in time", async () => {
    // TLS with a server that says nothing: the TCP connection is made, the handshake is not.
    const { server } = await start(() => {});
    const client = createNodeHttpClient({
      baseUrl: `https://127.0.0.1:${server.port}`,
      http: "1.1",
      connectTimeoutMs: 50,
    });
    const response = await call(client);
    expect(response.failure).toMatchObject({ reason: "connect", unprocessed: true });
    expect(response.failure?.message).toContain("50 ms");
  });

  it("that the server closed while it was idle is not used", async () => {
    const { client, server } = await start((text, socket) => {
      if (isHead(text)) socket.write(ok);
    });
    await call(client);
    server.sockets[0]?.end();
    await sleep(30);
    expect((await call(client)).text).toBe("ok");
    expect(server.sockets).toHaveLength(2);
  });

  it("that the server closes instead of an answer is lost", async () => {
    const { client } = await start((text, socket, connection) => {
      if (isHead(text) && connection === 0 && text.includes("second")) socket.destroy();
      else socket.write(ok);
    });
    await call(client);
    const response = new Collector();
    client.request(requestTo("/second"), response).end(Buffer.from("x"));
    await response.over;
    expect(response.failure).toMatchObject({ reason: "lost" });
    expect(response.failure?.unprocessed).toBeUndefined();
  });

  it("is closed after the idle time, and not during a call", async () => {
    const { client, server } = await start(
      (text, socket) => {
        if (isHead(text)) setTimeout(() => socket.write(ok), 120);
      },
      { idleTimeoutMs: 40 },
    );
    expect((await call(client)).text).toBe("ok");
    await until(() => server.sockets[0]?.readableEnded === true || server.sockets[0]?.destroyed === true);
  });

  it("tells its other end", async () => {
    const { client, server } = await start((_text, socket) => socket.write(ok));
    const response = new Collector();
    const stream = client.request(requestTo("/"), response);
    expect(stream.remote()).toBeUndefined();
    stream.end(Buffer.from("x"));
    await response.over;
    expect(stream.remote()).toEqual({ address: `127.0.0.1:${server.port}`, httpVersion: "1.1" });
  });
});
