import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import net, { type AddressInfo, type LookupFunction, type Socket } from "node:net";
import { describe, expect, it, jest } from "@jest/globals";
import type { HttpClient } from "../../http/http-client.js";
import { grpc } from "../../protocol/grpc/client.js";
import { makeCertificates } from "../../testing/node/certificates.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { Collector, until } from "../../testing/node/collector.js";
import { TestRouter } from "../../testing/node/echo-router.js";
import { requestTo } from "../../testing/node/request-head.js";
import { silentListener } from "../../testing/node/silent-listener.js";
import { serveRouter } from "../../testing/node/test-server.js";
import { createNodeHttpClient } from "./http-client.js";
import type { NodeHttpClientOptions } from "./options.js";
import { createNodeTransport } from "./transport.js";

const onCleanup = useCleanup();
const { ca, server: pair, client: identity } = makeCertificates();

async function serve(
  secure = false,
  more: object = {},
): Promise<{ readonly port: number; readonly router: TestRouter }> {
  const router = new TestRouter();
  const server = await serveRouter(router, secure ? { tls: { ...pair, ...more } } : {});
  onCleanup(() => server.close());
  return { port: server.port, router };
}

function clientTo(baseUrl: string, options: Partial<NodeHttpClientOptions> = {}): HttpClient {
  const client = createNodeHttpClient({ baseUrl, ...options });
  onCleanup(() => client.close?.());
  return client;
}

async function call(client: HttpClient): Promise<Collector> {
  const response = new Collector();
  client.request(requestTo("/test/a"), response).end(Buffer.from("hello"));
  await response.over;
  return response;
}

/** Gives these addresses, and notes what was asked. */
function resolver(...addresses: string[]): LookupFunction & { readonly asked: string[] } {
  const asked: string[] = [];
  const lookup: LookupFunction = (host, _, callback) => {
    asked.push(host);
    callback(
      null,
      addresses.map((address) => ({ address, family: net.isIP(address) })),
    );
  };
  return Object.assign(lookup, { asked });
}

const versions = ["1.1", "2"] as const;

describe.each(versions)("the addresses of a name, over HTTP/%s", (version) => {
  it("are tried in turn: a silent one does not hold up the next", async () => {
    const { port } = await serve();
    const silent = await silentListener("127.0.0.2", port);
    onCleanup(() => silent.close());
    const lookup = resolver("127.0.0.2", "127.0.0.1");
    const client = clientTo(`http://a.example:${port}`, { http: version, lookup, connectionAttemptDelayMs: 40 });
    const start = performance.now();
    expect(await call(client)).toMatchObject({ status: 200, text: "hello" });
    expect(performance.now() - start).toBeGreaterThanOrEqual(38);
    expect(lookup.asked).toEqual(["a.example"]);
  });

  it("stay in the race: a first one that answers late still wins", async () => {
    const { port } = await serve();
    const connect = net.connect;
    const sockets = new Map<string, Socket>();
    const spy = jest.spyOn(net, "connect").mockImplementation(((target: net.TcpNetConnectOpts) => {
      const socket = new net.Socket();
      sockets.set(target.host as string, socket);
      const answer = (): void => void (socket.destroyed || socket.connect(port, "127.0.0.1"));
      // The other one never answers.
      if (target.host === "127.0.0.2") setTimeout(answer, 80);
      return socket;
    }) as typeof connect);
    onCleanup(() => spy.mockRestore());
    const lookup = resolver("127.0.0.2", "127.0.0.3");
    const client = clientTo(`http://a.example:${port}`, { http: version, lookup, connectionAttemptDelayMs: 20 });
    expect(await call(client)).toMatchObject({ failure: undefined, status: 200, text: "hello" });
    expect([...sockets.values()].map(({ destroyed }) => destroyed)).toEqual([false, true]);
  });

  it("are tried at once when one refuses", async () => {
    const { port } = await serve();
    const lookup = resolver("127.0.0.3", "127.0.0.4", "127.0.0.1");
    const client = clientTo(`http://a.example:${port}`, { http: version, lookup, connectionAttemptDelayMs: 60_000 });
    expect(await call(client)).toMatchObject({ status: 200 });
  });

  it("are all named when none answers", async () => {
    const { port } = await serve();
    const client = clientTo(`http://a.example:${port}`, { http: version, lookup: resolver("127.0.0.3", "127.0.0.4") });
    expect((await call(client)).failure).toMatchObject({
      reason: "connect",
      unprocessed: true,
      message: `cannot connect to http://a.example:${port}: connect ECONNREFUSED 127.0.0.3:${port}, connect ECONNREFUSED 127.0.0.4:${port}`,
    });
  });

  it("are given up together when the time is over", async () => {
    const { port } = await serve();
    const silent = await silentListener("127.0.0.2", port);
    onCleanup(() => silent.close());
    const lookup = resolver("127.0.0.2");
    const client = clientTo(`http://a.example:${port}`, { http: version, lookup, connectTimeoutMs: 60 });
    expect((await call(client)).failure?.message).toBe(
      `cannot connect to http://a.example:${port}: no answer within 60 ms`,
    );
  });

  it("may be none", async () => {
    const client = clientTo("http://a.example:1", { http: version, lookup: resolver() });
    expect((await call(client)).failure?.message).toContain("a.example has no address");
  });
});

describe.each([
  ["HTTP/1.1", "1.1", false],
  ["HTTP/2", "2", false],
  ["TLS with ALPN", "auto", true],
] as const)("createConnection, over %s", (_, version, secure) => {
  it.each([
    ["that is still connecting", async (port: number) => net.connect(port, "127.0.0.1")],
    [
      "that is connected",
      async (port: number) => {
        const socket = net.connect(port, "127.0.0.1");
        await new Promise((resolve) => socket.once("connect", resolve));
        return socket;
      },
    ],
  ])("may give a socket %s", async (_name, connect) => {
    const { port } = await serve(secure);
    const targets: unknown[] = [];
    const client = clientTo(`${secure ? "https" : "http"}://localhost:1`, {
      http: version,
      tls: { ca },
      createConnection(target) {
        targets.push(target);
        return connect(port);
      },
    });
    expect(await call(client)).toMatchObject({ status: 200, text: "hello" });
    expect(targets).toEqual([{ host: "localhost", port: 1 }]);
  });

  it("may fail", async () => {
    const client = clientTo(`${secure ? "https" : "http"}://localhost:1`, {
      http: version,
      createConnection() {
        throw new Error("no way");
      },
    });
    expect((await call(client)).failure).toMatchObject({
      reason: "connect",
      message: expect.stringMatching(/: no way$/),
    });
  });
});

describe.each(["1.1", "2"] as const)("TLS over HTTP/%s", (version) => {
  /** Makes calls, each on a new connection, and tells of each whether its session was resumed, and by whom. */
  async function sessions(tls: NodeHttpClientOptions["tls"], calls: number): Promise<readonly unknown[]> {
    const settings = { ...pair, ca, requestCert: true, rejectUnauthorized: false, allowHTTP1: true };
    const server = http2.createSecureServer(settings, (_, response) => response.end("ok"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onCleanup(() => void server.close());
    const seen: unknown[] = [];
    const sockets: Socket[] = [];
    server.on("secureConnection", (socket: Socket & { isSessionReused(): boolean; getPeerCertificate(): never }) => {
      sockets.push(socket);
      const { subject } = (socket.getPeerCertificate() ?? {}) as { subject?: { CN?: string } };
      seen.push([socket.isSessionReused() ? "resumed" : "new", subject?.CN]);
    });
    const client = clientTo(`https://127.0.0.1:${(server.address() as AddressInfo).port}`, { http: version, tls });
    for (let i = 0; i < calls; i++) {
      expect(await call(client)).toMatchObject({ failure: undefined, status: 200 });
      const socket = sockets[i] as Socket;
      socket.end();
      await until(() => socket.destroyed);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return seen;
  }

  it("resumes sessions", async () => {
    expect(await sessions({ ca }, 3)).toEqual([
      ["new", undefined],
      ["resumed", undefined],
      ["resumed", undefined],
    ]);
  });

  it("reads certificates again, and does not resume a session of former ones", async () => {
    let reads = 0;
    const tls = async (): Promise<object> => (++reads === 1 ? { ca } : { ca, ...identity });
    expect(await sessions(tls, 2)).toEqual([
      ["new", undefined],
      ["new", "ada"],
    ]);
    expect(reads).toBe(2);
  });

  it("resumes sessions while a function gives the same options", async () => {
    const same = { ca };
    expect((await sessions(() => same, 2)).at(-1)).toEqual(["resumed", undefined]);
  });

  it("fails by what the function throws", async () => {
    const { port } = await serve(true);
    const tls = (): never => {
      throw new Error("no certificate there");
    };
    expect((await call(clientTo(`https://127.0.0.1:${port}`, { http: version, tls }))).failure).toMatchObject({
      reason: "connect",
      message: expect.stringMatching(/: no certificate there$/),
    });
  });
});

describe("an agent of the user's", () => {
  it("makes all connections, also where the HTTP version is not given", async () => {
    const { port } = await serve(true);
    const agent = new https.Agent({ ca, keepAlive: true });
    onCleanup(() => agent.destroy());
    const created: unknown[] = [];
    const create = agent.createConnection.bind(agent);
    agent.createConnection = (...args) => {
      created.push(args);
      return create(...args);
    };
    const client = clientTo(`https://127.0.0.1:${port}`, { agent });
    expect(await call(client)).toMatchObject({ status: 200 });
    expect(await call(client)).toMatchObject({ status: 200 });
    expect(created).toHaveLength(1);
  });

  it("is refused where it would be bypassed", () => {
    const agent = new http.Agent();
    const refused = /^agent is for HTTP\/1.1, and these connections are of HTTP\/2: use proxy, /;
    expect(() => createNodeTransport({ baseUrl: "http://a", agent, http: "2" })).toThrow(refused);
    expect(() => createNodeTransport({ baseUrl: "http://a", agent, protocol: grpc() })).toThrow(refused);
    expect(() => createNodeTransport({ baseUrl: "http://a", agent, proxy: "http://b" })).toThrow(
      new TypeError("agent and proxy exclude each other"),
    );
  });
});

it("a connection that nobody wants any more is not waited for", async () => {
  const sockets: Socket[] = [];
  const server = net.createServer((socket) => void sockets.push(socket.resume())).listen(0, "127.0.0.1");
  onCleanup(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  // TLS to a server that says nothing.
  const client = clientTo(`https://127.0.0.1:${(server.address() as AddressInfo).port}`, { http: "2" });
  const stream = client.request(requestTo("/"), new Collector());
  stream.end();
  await until(() => sockets.length === 1);
  stream.cancel();
  client.close?.();
  await until(() => sockets[0]?.destroyed === true);
});
