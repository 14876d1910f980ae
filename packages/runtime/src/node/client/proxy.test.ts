import net, { type AddressInfo } from "node:net";
import { describe, expect, it } from "@jest/globals";
import type { HttpClient } from "../../http/http-client.js";
import { makeCertificates } from "../../testing/node/certificates.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { Collector } from "../../testing/node/collector.js";
import { TestRouter } from "../../testing/node/echo-router.js";
import { connectProxy, socksProxy, type TestProxy } from "../../testing/node/proxies.js";
import { requestTo } from "../../testing/node/request-head.js";
import { serveRouter } from "../../testing/node/test-server.js";
import { createNodeHttpClient } from "./http-client.js";
import type { NodeHttpClientOptions } from "./options.js";
import { isDirect } from "./proxy.js";

const onCleanup = useCleanup();
const { ca, server: tls } = makeCertificates();

async function call(options: NodeHttpClientOptions): Promise<Collector> {
  const client: HttpClient = createNodeHttpClient(options);
  onCleanup(() => client.close?.());
  const response = new Collector();
  client.request(requestTo("/test/a"), response).end(Buffer.from("hello"));
  await response.over;
  return response;
}

async function serverPort(secure: boolean): Promise<number> {
  const server = await serveRouter(new TestRouter(), secure ? { tls } : {});
  onCleanup(() => server.close());
  return server.port;
}

async function running(proxy: Promise<TestProxy>): Promise<TestProxy> {
  const started = await proxy;
  onCleanup(() => started.close());
  return started;
}

describe.each([
  ["HTTP/1.1", "1.1", false],
  ["HTTP/2", "2", false],
  ["HTTP/1.1 with TLS", "1.1", true],
  ["HTTP/2 with TLS", "2", true],
  ["what ALPN says", "auto", true],
] as const)("a proxy, and behind it %s", (_, version, secure) => {
  const settings = { http: version, tls: { ca, servername: "localhost" } } as const;
  const scheme = secure ? "https" : "http";

  it("is asked by CONNECT, and looks names up", async () => {
    const [port, proxy] = [await serverPort(secure), await running(connectProxy())];
    const response = await call({
      ...settings,
      baseUrl: `${scheme}://server.test:${port}`,
      proxy: `http://ada:p%40ss@127.0.0.1:${proxy.port}`,
    });
    expect(response).toMatchObject({ failure: undefined, status: 200, text: "hello" });
    expect([proxy.targets, proxy.users]).toEqual([[`server.test:${port}`], ["ada:p@ss"]]);
  });

  it("is asked by CONNECT over TLS", async () => {
    const [port, proxy] = [await serverPort(secure), await running(connectProxy(undefined, tls))];
    const response = await call({
      ...settings,
      baseUrl: `${scheme}://server.test:${port}`,
      proxy: `https://ada:p%40ss@localhost:${proxy.port}`,
      proxyTls: { ca },
    });
    expect(response).toMatchObject({ failure: undefined, status: 200, text: "hello" });
    expect([proxy.targets, proxy.users]).toEqual([[`server.test:${port}`], ["ada:p@ss"]]);
  });

  it("is asked by SOCKS5, with a password", async () => {
    const [port, proxy] = [await serverPort(secure), await running(socksProxy("p@ss"))];
    const response = await call({
      ...settings,
      baseUrl: `${scheme}://server.test:${port}`,
      proxy: `socks5://ada:p%40ss@localhost:${proxy.port}`,
    });
    expect(response).toMatchObject({ failure: undefined, status: 200, text: "hello" });
    expect([proxy.targets, proxy.users]).toEqual([[`server.test:${port}`], ["ada:p@ss"]]);
  });

  it("is asked by SOCKS5 for an address", async () => {
    const [port, proxy] = [await serverPort(secure), await running(socksProxy())];
    const baseUrl = `${scheme}://127.0.0.1:${port}`;
    expect(await call({ ...settings, baseUrl, proxy: `socks5://localhost:${proxy.port}` })).toMatchObject({
      failure: undefined,
      text: "hello",
    });
    expect(proxy.targets).toEqual([`127.0.0.1:${port}`]);
  });

  it("is left out for hosts that are said to be direct", async () => {
    const [port, proxy] = [await serverPort(secure), await running(connectProxy())];
    const baseUrl = `${scheme}://127.0.0.1:${port}`;
    const noProxy = ["a.example", "127.0.0.1"];
    expect(await call({ ...settings, baseUrl, noProxy, proxy: `http://127.0.0.1:${proxy.port}` })).toMatchObject({
      text: "hello",
    });
    expect(proxy.targets).toEqual([]);
  });
});

describe("a proxy that does not do it", () => {
  const baseUrl = "http://server.test:81";

  it.each([
    [
      "refuses",
      () => connectProxy("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"),
      "http",
      "answered CONNECT server.test:81 with HTTP status 407",
    ],
    ["closes the connection", () => connectProxy(""), "http", "closed the connection"],
    ["speaks something else", () => connectProxy("hello\r\n\r\n"), "http", "does not answer in HTTP/1.1"],
    ["does not end its answer", () => connectProxy("x".repeat(20_000)), "http", "sends an answer that does not end"],
    ["is no SOCKS proxy", () => connectProxy(), "socks5", "does not answer in SOCKS5"],
    ["wants a password", () => socksProxy("secret"), "socks5", "wants a user and a password"],
    [
      "cannot reach the server",
      () => socksProxy(undefined, 4),
      "socks5",
      "cannot reach server.test:81: host unreachable",
    ],
  ])("because it %s is named in the error", async (_, start, scheme, why) => {
    const { port } = await running(start());
    const { failure } = await call({ baseUrl, proxy: `${scheme}://127.0.0.1:${port}` });
    expect(failure).toMatchObject({
      reason: "connect",
      unprocessed: true,
      message: `cannot connect to ${baseUrl}: the proxy 127.0.0.1:${port} ${why}`,
    });
  });

  it("because it has another certificate is named in the error, and sees no password", async () => {
    const proxy = await running(connectProxy(undefined, tls));
    const { failure } = await call({ baseUrl, proxy: `https://ada:secret@127.0.0.1:${proxy.port}` });
    expect(failure?.message).toMatch(/: the proxy 127.0.0.1:\d+ does not agree to TLS: unable to verify/);
    expect(proxy.users).toEqual([]);
  });

  it("because it speaks no TLS is named in the error", async () => {
    const { port } = await running(connectProxy());
    const { failure } = await call({ baseUrl, proxy: `https://127.0.0.1:${port}`, proxyTls: { ca } });
    expect(failure?.message).toMatch(/: the proxy 127.0.0.1:\d+ does not agree to TLS: .*wrong version number/i);
  });

  it("because it speaks TLS where none was asked for is named in the error", async () => {
    const { port } = await running(connectProxy(undefined, tls));
    const { failure } = await call({ baseUrl, proxy: `http://127.0.0.1:${port}` });
    expect(failure?.message).toMatch(/: the proxy 127.0.0.1:\d+ (does not answer in HTTP\/1.1|closed the connection)/);
  });

  it("because it is silent where TLS was asked for is given up in time", async () => {
    const server = net.createServer((socket) => void socket.resume()).listen(0, "127.0.0.1");
    onCleanup(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    const proxy = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { failure } = await call({ baseUrl, proxy, connectTimeoutMs: 50 });
    expect(failure?.message).toBe(`cannot connect to ${baseUrl}: no answer within 50 ms`);
  });

  it("because the password is wrong is named in the error, without the password", async () => {
    const { port } = await running(socksProxy("right"));
    const { failure } = await call({ baseUrl, proxy: `socks5://ada:wrong@127.0.0.1:${port}` });
    expect(failure?.message).toBe(
      `cannot connect to ${baseUrl}: the proxy 127.0.0.1:${port} refused user and password`,
    );
  });

  it("because it is silent is given up in time", async () => {
    const server = net.createServer((socket) => void socket.resume()).listen(0, "127.0.0.1");
    onCleanup(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    const proxy = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { failure } = await call({ baseUrl, proxy, connectTimeoutMs: 50 });
    expect(failure?.message).toBe(`cannot connect to ${baseUrl}: no answer within 50 ms`);
  });

  it.each(["proxy.example:3128", "socks4://ada:secret@proxy.example", "ftp://proxy.example", ""])(
    "because its URL is %j is refused at once, without the password",
    (proxy) => {
      const make = (): unknown => createNodeHttpClient({ baseUrl, proxy });
      expect(make).toThrow(TypeError);
      expect(make).toThrow(/^proxy must be a URL such as (?!.*secret)/);
    },
  );
});

it.each([
  ["a.example", "a.example", true],
  ["b.a.example", "a.example", true],
  ["ba.example", "a.example", false],
  ["a.example", ".a.example", false],
  ["b.a.example", ".a.example", true],
  ["A.Example", "a.EXAMPLE", true],
  ["a.example", "a.example:443", true],
  ["a.example", "a.example:80", false],
  ["10.0.0.1", "10.0.0.1", true],
  ["10.0.0.1", "0.0.1", false],
  ["::1", "::1", true],
  ["::1", "[::1]:443", true],
  ["anything", "*", true],
  ["a.example", "", false],
  ["b.a.example", "*.a.example", true],
  ["a.example", "*.a.example", false],
  ["a.example", " a.example ", true],
  ["10.1.2.3", "10.0.0.0/8", true],
  ["11.1.2.3", "10.0.0.0/8", false],
  ["a.example", "10.0.0.0/8", false],
  ["fd00::1", "fd00::/8", true],
  ["fe00::1", "fd00::/8", false],
  ["10.1.2.3", "fd00::/8", false],
  ["10.1.2.3", "10.0.0.0/33", false],
  ["10.1.2.3", "10.0.0.0/", false],
])("%s is reached directly by %j: %s", (host, entry, direct) => {
  expect(isDirect([entry], host, 443)).toBe(direct);
});
