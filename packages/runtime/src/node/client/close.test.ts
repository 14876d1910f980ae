import http from "node:http";
import https from "node:https";
import { describe, expect, it } from "@jest/globals";
import type { HttpClient } from "../../http/http-client.js";
import { makeCertificates } from "../../testing/node/certificates.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { Collector, until } from "../../testing/node/collector.js";
import { echo, echoStream, TestRouter } from "../../testing/node/echo-router.js";
import { requestTo } from "../../testing/node/request-head.js";
import { serveRouter } from "../../testing/node/test-server.js";
import { createNodeHttpClient } from "./http-client.js";
import type { NodeHttpClientOptions } from "./options.js";

const onCleanup = useCleanup();
const { ca, server: tls } = makeCertificates();

interface Pair {
  readonly client: HttpClient;
  readonly router: TestRouter;
  /** Connections that are open now. */
  open(): number;
}

async function start(
  options: Omit<NodeHttpClientOptions, "baseUrl">,
  secure: boolean,
  router: TestRouter = new TestRouter(),
): Promise<Pair> {
  const server = await serveRouter(router, secure ? { tls } : {});
  onCleanup(() => server.close());
  let open = 0;
  server.listener.on("connection", (socket) => {
    open++;
    socket.on("close", () => void open--);
  });
  const client = createNodeHttpClient({
    baseUrl: `${secure ? "https" : "http"}://127.0.0.1:${server.port}`,
    ...(secure ? { tls: { ca } } : undefined),
    ...options,
  });
  onCleanup(() => client.close?.());
  return { client, router, open: () => open };
}

async function call(client: HttpClient): Promise<Collector> {
  const response = new Collector();
  client.request(requestTo("/test/a"), response).end(Buffer.from("hello"));
  await response.over;
  return response;
}

describe.each([
  ["HTTP/1.1", "1.1", false],
  ["HTTP/2", "2", false],
  ["HTTP/1.1 over TLS", "1.1", true],
  ["HTTP/2 over TLS", "2", true],
  ["HTTP/2 that is asked for by ALPN", "auto", true],
] as const)("a client of %s that is closed", (_, version, secure) => {
  it("lets a call end that waits for its answer, and closes its connection then", async () => {
    const router = new TestRouter((exchange) => exchange.response.resume());
    const { client, open } = await start({ http: version }, secure, router);
    const response = new Collector();
    client.request(requestTo("/test/a"), response).end(Buffer.from("hello"));
    await until(() => router.exchanges.length === 1 && router.last.events.includes("end"));
    client.close?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(open()).toBe(1);
    echo(router.last);
    router.last.onEnd();
    await response.over;
    expect(response).toMatchObject({ failure: undefined, status: 200, text: "hello" });
    await until(() => open() === 0);
  });

  it("lets a call end that still sends and receives", async () => {
    const { client, router, open } = await start({ http: version }, secure, new TestRouter(echoStream));
    const response = new Collector();
    const stream = client.request(requestTo("/test/a"), response);
    stream.write(Buffer.from("one "));
    await until(() => response.text === "one ");
    client.close?.();
    stream.write(Buffer.from("two "));
    await until(() => response.text === "one two ");
    stream.end(Buffer.from("three"));
    await response.over;
    expect(response).toMatchObject({ failure: undefined, text: "one two three" });
    expect(router.exchanges).toHaveLength(1);
    await until(() => open() === 0);
  });

  it("lets calls end that wait for their connection", async () => {
    const { client, open } = await start({ http: version }, secure);
    const calls = [call(client), call(client), call(client)];
    client.close?.();
    for (const response of await Promise.all(calls)) {
      expect(response).toMatchObject({ failure: undefined, status: 200, text: "hello" });
    }
    await until(() => open() === 0);
  });

  it("closes idle connections at once", async () => {
    const { client, open } = await start({ http: version }, secure);
    await call(client);
    expect(open()).toBe(1);
    client.close?.();
    await until(() => open() === 0);
  });

  it("takes no more calls, and can be closed twice", async () => {
    const { client, router } = await start({ http: version }, secure);
    client.close?.();
    client.close?.();
    expect((await call(client)).failure).toMatchObject({ reason: "lost", message: "the client was closed" });
    expect(router.exchanges).toHaveLength(0);
  });
});

describe.each([
  ["http", false],
  ["https", true],
] as const)("an %s.Agent of the user's", (_, secure) => {
  it("is not closed with the client", async () => {
    const agent = secure ? new https.Agent({ keepAlive: true, ca }) : new http.Agent({ keepAlive: true });
    onCleanup(() => agent.destroy());
    const { client, open } = await start({ http: "1.1", agent }, secure);
    await call(client);
    client.close?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(open()).toBe(1);
    expect(Object.values(agent.freeSockets).flat()).toHaveLength(1);
  });
});
