import net, { type AddressInfo } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../../http/header-map.js";
import { makeCertificates } from "../../testing/node/certificates.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { Collector, until } from "../../testing/node/collector.js";
import { TestRouter } from "../../testing/node/echo-router.js";
import { requestTo } from "../../testing/node/request-head.js";
import { serveRouter } from "../../testing/node/test-server.js";
import { createNodeHttpClient } from "../client/http-client.js";
import type { ServeOptions } from "./options.js";
import type { NodeServer } from "./serve.js";

const onCleanup = useCleanup();
const { ca, server: pair } = makeCertificates();
const mib = 1_048_576;
const body = Buffer.alloc(4 * mib, "x");

/** A path to a server on which so many bytes come to the client in 10 ms. Returns its port. */
async function slowPath(port: number, bytes: number): Promise<number> {
  const listener = net.createServer({ allowHalfOpen: true }, (client) => {
    const server = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    client.pipe(server);
    const timer = setInterval(() => {
      const chunk = (server.read(bytes) ?? server.read()) as Buffer | null;
      if (chunk !== null) client.write(chunk);
    }, 10);
    server.on("readable", () => undefined);
    server.once("end", () => client.end());
    for (const socket of [client, server]) {
      socket.on("error", () => undefined);
      socket.once("close", () => {
        clearInterval(timer);
        client.destroy();
        server.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  onCleanup(() => listener.close());
  return (listener.address() as AddressInfo).port;
}

const ends: readonly (readonly [string, Partial<ServeOptions>, (server: NodeServer) => unknown])[] = [
  ["drain()", {}, (server) => server.drain({ graceMs: 60_000 })],
  ["its age", { maxConnectionAgeMs: 400 }, () => undefined],
];

it("an answer that comes before the end of its request comes whole to a slow reader: HTTP/1.1", async () => {
  const router = new TestRouter(({ response }) => response.respond(200, new HeaderMap(), Buffer.alloc(16 * mib)));
  const server = await serveRouter(router);
  onCleanup(() => server.close());
  const socket = net.connect(await slowPath(server.port, 65_536), "127.0.0.1");
  onCleanup(() => socket.destroy());
  let came = 0;
  socket.on("data", (chunk) => {
    came += chunk.byteLength;
  });
  socket.write("POST /test/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhello");
  await new Promise((resolve) => socket.once("close", resolve));
  expect(came).toBeGreaterThan(16 * mib);
});

describe.each(ends)("a connection that a server ends by %s", (_, options, end) => {
  it.each([
    ["1.1", "http"],
    ["1.1", "https"],
    ["2", "http"],
    ["2", "https"],
  ] as const)("brings a slow reader all that was answered: HTTP/%s, %s", async (http, scheme) => {
    const router = new TestRouter(({ response }) => {
      response.resume();
      response.respond(200, new HeaderMap(), body);
    });
    const server = await serveRouter(router, {
      streamWindowBytes: 8 * mib,
      ...options,
      ...(scheme === "https" ? { tls: pair } : undefined),
    });
    onCleanup(() => server.close());
    const port = await slowPath(server.port, 65_536);
    const client = createNodeHttpClient({
      baseUrl: `${scheme}://localhost:${port}`,
      http,
      ...(scheme === "https" ? { tls: { ca } } : undefined),
      streamWindowBytes: 8 * mib,
      connectionWindowBytes: 64 * mib,
    });
    onCleanup(() => client.close?.());
    const responses = Array.from({ length: 4 }, () => {
      const response = new Collector();
      client.request(requestTo("/test/a"), response).end(Buffer.from("hello"));
      return response;
    });
    await until(() => router.exchanges.length === 4);
    await end(server);
    await Promise.all(responses.map(({ over }) => over));
    expect(responses.map(({ failure, chunks }) => failure ?? Buffer.concat(chunks).byteLength)).toEqual(
      responses.map(() => body.byteLength),
    );
  });
});
