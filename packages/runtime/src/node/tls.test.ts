import type http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import { describe, expect, it } from "@jest/globals";
import type { HttpClient } from "../http/http-client.js";
import type { PeerTls } from "../http/peer-tls.js";
import { type Certificates, makeCertificates } from "../testing/node/certificates.js";
import { useCleanup } from "../testing/node/cleanup.js";
import { Collector, until } from "../testing/node/collector.js";
import { type Exchange, echo, echoStream, TestRouter } from "../testing/node/echo-router.js";
import { requestTo } from "../testing/node/request-head.js";
import { serveRouter } from "../testing/node/test-server.js";
import { createNodeHttpClient } from "./client/http-client.js";
import type { NodeHttpClientOptions } from "./client/options.js";
import { routerListener } from "./server/node-handler.js";
import type { ServeOptions } from "./server/options.js";

const onCleanup = useCleanup();
const certificates: Certificates = makeCertificates();
const { ca, server: serverPair, client: clientPair, stranger } = certificates;

function connect(port: number, options: Partial<NodeHttpClientOptions> = {}): HttpClient {
  const client = createNodeHttpClient({ baseUrl: `https://localhost:${port}`, tls: { ca }, ...options });
  onCleanup(() => client.close?.());
  return client;
}

async function start(router: TestRouter, tls: ServeOptions["tls"] = {}): Promise<number> {
  const server = await serveRouter(router, { tls: { ...serverPair, ...tls } });
  onCleanup(() => server.close());
  return server.port;
}

async function call(client: HttpClient, body = "hello"): Promise<Collector> {
  const response = new Collector();
  client.request(requestTo("/test/a"), response).end(Buffer.from(body));
  await response.over;
  return response;
}

describe("TLS", () => {
  it.each([
    ["auto", "2"],
    ["2", "2"],
    ["1.1", "1.1"],
  ] as const)('with http: "%s" is spoken as HTTP/%s with serve()', async (http, version) => {
    const router = new TestRouter();
    const client = connect(await start(router), { http });
    const response = await call(client);
    expect(response.text).toBe("hello");
    expect(router.last.request.httpVersion).toBe(version);
    expect(router.last.request.url).toMatch(/^https:\/\/localhost:\d+\/test\/a$/);
    expect(router.last.request.tls?.alpnProtocol).toBe(version === "2" ? "h2" : "http/1.1");
    expect(router.last.request.tls?.certificate).toBeUndefined();
  });

  it("negotiates once, and uses the connection that it asked on", async () => {
    let connections = 0;
    const router = new TestRouter();
    const server = await serveRouter(router, { tls: serverPair });
    onCleanup(() => server.close());
    server.listener.on("connection", () => connections++);
    const client = connect(server.port);
    const responses = await Promise.all([call(client), call(client), call(client)]);
    expect(responses.map(({ text }) => text)).toEqual(["hello", "hello", "hello"]);
    expect(connections).toBe(1);
  });

  it("takes HTTP/1.1 from a server that offers nothing else, on the connection that it asked on", async () => {
    let connections = 0;
    const router = new TestRouter();
    const server = https.createServer(serverPair, routerListener(router, undefined));
    server.on("connection", () => connections++);
    await new Promise<void>((resolve) => server.listen(0, () => resolve()));
    onCleanup(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as import("node:net").AddressInfo;
    const client = connect(port);
    expect((await call(client)).text).toBe("hello");
    expect((await call(client)).text).toBe("hello");
    expect(router.last.request.httpVersion).toBe("1.1");
    expect(connections).toBe(1);
    const grpc = new Collector();
    client.request(requestTo("/test/a", { needsTrailers: true }), grpc).end();
    await grpc.over;
    expect(grpc.failure).toMatchObject({ reason: "unsupported", unprocessed: true });
    expect(grpc.failure?.message).toContain("ALPN");
    client.close?.();
  });

  it("asks again when the server no longer agrees to HTTP/2", async () => {
    const router = new TestRouter();
    const first = await serveRouter(router, { tls: serverPair });
    onCleanup(() => first.close());
    const { port } = first;
    const client = connect(port);
    expect((await call(client)).text).toBe("hello");
    await first.close();
    const second = https.createServer(
      { ...serverPair, ALPNProtocols: ["http/1.1"] },
      routerListener(router, undefined),
    );
    await new Promise<void>((resolve) => second.listen(port, "127.0.0.1", () => resolve()));
    onCleanup(() => {
      second.closeAllConnections();
      return new Promise((resolve) => second.close(resolve));
    });
    await until(() => (client as unknown as { pool: { connections: unknown[] } }).pool.connections.length === 0);
    const refused = await call(client);
    expect(refused.failure).toMatchObject({ reason: "connect", unprocessed: true });
    expect((await call(client)).text).toBe("hello");
  });

  it('with http: "2" fails when the server does not agree to HTTP/2', async () => {
    const server = https.createServer({ ...serverPair, ALPNProtocols: ["http/1.1"] });
    await new Promise<void>((resolve) => server.listen(0, () => resolve()));
    onCleanup(() => new Promise((resolve) => server.close(resolve)));
    const response = await call(connect((server.address() as import("node:net").AddressInfo).port, { http: "2" }));
    expect(response.failure).toMatchObject({ reason: "connect", unprocessed: true });
  });

  it("keeps what is written while it negotiates", async () => {
    const client = connect(await start(new TestRouter(echoStream)));
    const response = new Collector();
    const stream = client.request(requestTo("/test/a", { needsFullDuplex: true }), response);
    stream.flushHead();
    let free = true;
    for (let i = 0; i < 20; i++) free = stream.write(Buffer.alloc(10_000, i));
    expect(free).toBe(false);
    await until(() => response.drains > 0);
    stream.end(Buffer.from("last"));
    await response.over;
    expect(response.body.byteLength).toBe(200_004);
    expect(response.text.endsWith("last")).toBe(true);
  });

  it("forgets a call that was given up while it negotiates", async () => {
    const router = new TestRouter();
    const client = connect(await start(router));
    const response = new Collector();
    const stream = client.request(requestTo("/test/a"), response);
    stream.end(Buffer.from("x"));
    stream.cancel();
    expect((await call(client)).text).toBe("hello");
    expect(router.exchanges).toHaveLength(1);
    expect(response.events).toEqual([]);
  });

  it.each(["auto", "2", "1.1"] as const)('with http: "%s" does not trust unknown authorities', async (http) => {
    const client = connect(await start(new TestRouter()), { http, tls: {} });
    const response = await call(client);
    expect(response.failure).toMatchObject({ reason: "connect", unprocessed: true });
    expect(response.failure?.message).toMatch(/certificate/);
  });

  it("checks the server's name", async () => {
    const port = await start(new TestRouter());
    const client = connect(port, { tls: { ca, servername: "elsewhere.example" } });
    expect((await call(client)).failure).toMatchObject({ reason: "connect" });
    const byAddress = connect(port, { baseUrl: `https://127.0.0.1:${port}` });
    expect((await call(byAddress)).text).toBe("hello");
  });

  it("refuses options that are none, when a call is made", async () => {
    const client = connect(1, { tls: { cert: "nonsense", key: "nonsense" } });
    expect((await call(client)).failure).toMatchObject({ reason: "connect" });
  });
});

describe.each(["2", "1.1"] as const)("certificates over HTTP/%s", (version) => {
  it("tell the server who the client is, and the client who the server is", async () => {
    let seen: PeerTls | undefined;
    const router = new TestRouter((exchange: Exchange) => {
      seen = exchange.request.tls;
      echo(exchange);
    });
    const port = await start(router, { ca, requestCert: true, rejectUnauthorized: true });
    const client = connect(port, { http: version, tls: { ca, ...clientPair } });
    const response = new Collector();
    const stream = client.request(requestTo("/test/a"), response);
    stream.end(Buffer.from("x"));
    await response.headed;
    expect(seen).toMatchObject({ authorized: true });
    expect(seen?.certificate).toMatchObject({
      commonName: "ada",
      subjectAltName: "URI:spiffe://test/ada",
      issuerCommonName: "the authority",
    });
    expect(seen?.certificate?.fingerprint256).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect(seen?.certificate?.raw.byteLength).toBeGreaterThan(100);
    const remote = stream.remote();
    expect(remote?.httpVersion).toBe(version);
    expect(remote?.address).toMatch(/^(127\.0\.0\.1|\[::1\]):\d+$/);
    expect(remote?.tls?.authorized).toBe(true);
    expect(remote?.tls?.certificate?.commonName).toBe("localhost");
    await response.over;
  });

  it("of strangers are shown, and not authorized, when the server lets them in", async () => {
    const router = new TestRouter();
    const port = await start(router, { ca, requestCert: true, rejectUnauthorized: false });
    const client = connect(port, { http: version, tls: { ca, ...stranger } });
    expect((await call(client)).text).toBe("hello");
    const { tls } = router.last.request;
    expect(tls?.authorized).toBe(false);
    expect(tls?.authorizationError).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
  });

  it("that are missing end the connection when the server wants one", async () => {
    const port = await start(new TestRouter(), { ca, requestCert: true, rejectUnauthorized: true });
    const response = await call(connect(port, { http: version }));
    expect(response.failure).toBeDefined();
  });
});

describe("nodeHandler on other servers", () => {
  async function listen(server: http.Server | http2.Http2Server | http2.Http2SecureServer): Promise<number> {
    await new Promise<void>((resolve) => server.listen(0, () => resolve()));
    onCleanup(() => new Promise((resolve) => server.close(resolve)));
    return (server.address() as import("node:net").AddressInfo).port;
  }

  it.each([
    ["2", "2"],
    ["1.1", "1.1"],
  ] as const)("works on http2.createSecureServer with allowHTTP1, over HTTP/%s", async (http, version) => {
    const router = new TestRouter();
    const server = http2.createSecureServer({ ...serverPair, allowHTTP1: true }, routerListener(router, undefined));
    const client = connect(await listen(server), { http });
    const response = await call(client);
    expect(response.text).toBe("hello");
    expect(response.trailers?.get("x-trailer")).toBe("last");
    expect(router.last.request.httpVersion).toBe(version);
    await router.last.over;
    expect(router.last.events).toEqual(["data", "end", "closed"]);
    client.close?.();
  });

  it("works on http2.createServer, with streams both ways", async () => {
    const server = http2.createServer(routerListener(new TestRouter(echoStream), undefined));
    const port = await listen(server);
    const client = connect(port, { baseUrl: `http://localhost:${port}`, http: "2" });
    const response = new Collector();
    const stream = client.request(requestTo("/test/a", { needsFullDuplex: true }), response);
    stream.write(Buffer.from("one"));
    await until(() => response.text === "one");
    stream.end(Buffer.from("two"));
    await response.over;
    expect(response.text).toBe("onetwo");
    expect(response.trailers?.get("x-trailer")).toBe("last");
    client.close?.();
  });
});
