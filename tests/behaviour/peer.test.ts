import http from "node:http";
import http2 from "node:http2";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Interceptor, Peer, Transport } from "@connect-ts/runtime";
import { createFetchTransport, fetchHandler } from "@connect-ts/runtime/fetch";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { createNodeTransport, nodeHandler, serve } from "@connect-ts/runtime/node";
import { afterEach, expect, it } from "@jest/globals";
import { createPingServiceClient, createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { pingService } from "./ping-service.js";

const closing: (() => unknown)[] = [];
let seen: Peer | undefined;

const ping = createPingServiceHandler({
  ...pingService(),
  ping(_request, { peer }) {
    seen = peer;
    return {};
  },
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** What both sides of a call know of each other: addresses without their ports, and HTTP versions. */
async function peers(transport: Transport): Promise<(string | undefined)[]> {
  closing.push(() => transport.close?.());
  const { peer } = await createPingServiceClient(transport).ping({}).response;
  const withoutPort = (address = ""): string => address.replace(/:\d+$/, "");
  return [withoutPort(peer.address), peer.httpVersion, withoutPort(seen?.address), seen?.httpVersion];
}

async function listening(server: Server, host: string): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

it.each(["1.1", "2"] as const)(
  "a client of IPv4 is one, also where the server listens on IPv6: HTTP/%s",
  async (version) => {
    for (const [server, address] of [
      ["::", "127.0.0.1"],
      ["127.0.0.1", "127.0.0.1"],
      ["::", "[::1]"],
    ] as const) {
      const { port, close } = await serve({ handlers: ping, host: server }).then((it) => ({
        port: it.port,
        close: () => it.close(),
      }));
      closing.push(close);
      const transport = createNodeTransport({ baseUrl: `http://${address}:${port}`, http: version });
      expect(await peers(transport)).toEqual([address, version, address, version]);
      const listener = nodeHandler([ping]);
      const own = version === "2" ? http2.createServer(listener) : http.createServer(listener);
      const baseUrl = `http://${address}:${await listening(own, server)}`;
      expect(await peers(createNodeTransport({ baseUrl, http: version }))).toEqual([
        address,
        version,
        address,
        version,
      ]);
    }
  },
);

it("of a Unix socket, the server has no address", async () => {
  const socketPath = join(tmpdir(), `connect-ts-peer-${process.pid}.sock`);
  const server = await serve({ handlers: ping, socketPath });
  closing.push(() => server.close());
  expect(await peers(createNodeTransport({ baseUrl: "http://localhost", socketPath, http: "2" }))).toEqual([
    "unix",
    "2",
    "unix",
    "2",
  ]);
});

it("fetch and its handlers do not know the HTTP version", async () => {
  const handler = fetchHandler([ping], { address: () => "203.0.113.7" });
  const transport = createFetchTransport({
    baseUrl: "http://own.example",
    fetch: (url, init) => handler(new Request(url, init)),
  });
  expect(await peers(transport)).toEqual(["own.example", undefined, "203.0.113.7", undefined]);
});

it("in a process there is no HTTP version", async () => {
  expect(await peers(createInProcessTransport(ping))).toEqual(["in-process", undefined, "in-process", undefined]);
});

it.each(["1.1", "2"] as const)(
  "a handler's interceptors see the URL, with the name that the client used: HTTP/%s",
  async (http) => {
    const urls: (string | undefined)[] = [];
    const note: Interceptor = (call, next) => {
      urls.push(call.url);
      return next();
    };
    const server = await serve({ handlers: ping, interceptors: [note] });
    closing.push(() => server.close());
    const transport = createNodeTransport({ baseUrl: `http://localhost:${server.port}`, http });
    await createPingServiceClient(transport, { interceptors: [note] }).ping({});
    transport.close?.();
    expect(urls).toEqual([undefined, `http://localhost:${server.port}/ping.v1.PingService/Ping`]);
  },
);

it("a call that is run again begins with the server that was configured", async () => {
  const addresses: string[] = [];
  const server = await serve({ handlers: ping, host: "127.0.0.1" });
  closing.push(() => server.close());
  const transport = createNodeTransport({ baseUrl: `http://localhost:${server.port}` });
  const twice: Interceptor = (_call, next) => next().then(next);
  const note: Interceptor = async (call, next) => {
    addresses.push(call.peer.address);
    await next();
    addresses.push(call.peer.address);
  };
  await createPingServiceClient(transport, { interceptors: [twice, note] }).ping({});
  transport.close?.();
  const [configured, connected] = [`localhost:${server.port}`, `127.0.0.1:${server.port}`];
  expect(addresses).toEqual([configured, connected, configured, connected]);
});
