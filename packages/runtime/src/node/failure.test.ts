import http from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../http/header-map.js";
import { useCleanup } from "../testing/node/cleanup.js";
import { Collector } from "../testing/node/collector.js";
import { createNodeHttpClient } from "./client.js";
import type { NodeHttpClientOptions } from "./client-options.js";

const cleanup = useCleanup();

/** How a request to a server fails that speaks HTTP/1.1 without TLS. */
async function failure(scheme: "http" | "https", version: NodeHttpClientOptions["http"]): Promise<string | undefined> {
  const server = http.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanup(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  const { port } = server.address() as AddressInfo;
  const client = createNodeHttpClient({ baseUrl: `${scheme}://127.0.0.1:${port}`, http: version });
  cleanup(() => client.close?.());
  const response = new Collector();
  const head = {
    method: "POST",
    path: "/",
    headers: new HeaderMap(),
    needsTrailers: false,
    needsFullDuplex: false,
  } as const;
  client.request(head, response).end();
  await response.over;
  expect(response.failure).toMatchObject({ reason: "connect", unprocessed: true });
  return response.failure?.message;
}

describe("a client that is mistaken about its server is told so", () => {
  it.each(["auto", "1.1", "2"] as const)("when the server has no TLS, with HTTP version %s", async (version) => {
    expect(await failure("https", version)).toMatch(/: the server does not speak TLS here: should baseUrl begin/);
  });

  it("when the server has no HTTP/2", async () => {
    expect(await failure("http", "2")).toMatch(/: the server does not speak HTTP\/2 here$/);
  });
});
