import { afterEach, describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../../http/header-map.js";
import type { HttpClient, HttpRequestHead } from "../../http/http-client.js";
import { Collector } from "../../testing/node/collector.js";
import { echoStream, TestRouter } from "../../testing/node/echo-router.js";
import { createNodeHttpClient } from "../client/http-client.js";
import { NodeServer } from "./serve.js";

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(router: TestRouter, http: "1.1" | "2"): Promise<HttpClient> {
  const server = await new NodeServer({ handlers: [] }, router).listen();
  cleanups.push(() => server.close());
  const client = createNodeHttpClient({ baseUrl: `http://127.0.0.1:${server.port}`, http });
  cleanups.push(() => client.close?.());
  return client;
}

function head(path: string, more: Partial<HttpRequestHead> = {}): HttpRequestHead {
  return { method: "POST", path, headers: new HeaderMap(), needsTrailers: false, needsFullDuplex: false, ...more };
}

describe.each(["1.1", "2"] as const)("serve() and the client over HTTP/%s", (http) => {
  it("carry a request and its response, with headers and trailers", async () => {
    const router = new TestRouter();
    const client = await start(router, http);
    const response = new Collector();
    const headers = new HeaderMap([
      ["x-one", "1"],
      ["x-one", "2"],
      ["__proto__", "harmless"],
    ]);
    client.request(head("/test/echo?q=1", { headers }), response).end(Buffer.from("hello"));
    await response.over;
    expect(response.failure).toBeUndefined();
    expect(response.status).toBe(200);
    expect(response.text).toBe("hello");
    expect(response.headers?.get("x-one")).toBe("1, 2");
    expect(response.trailers?.get("x-trailer")).toBe("last");
    expect(router.last.request.path).toBe("/test/echo?q=1");
    expect(router.last.request.headers.get("content-length")).toBe("5");
    expect(router.last.request.headers.get("__proto__")).toBe("harmless");
    await router.last.over;
    expect(router.last.events).toEqual(["data", "end", "closed"]);
  });

  it("carry a request without a body", async () => {
    const router = new TestRouter();
    const client = await start(router, http);
    const response = new Collector();
    client.request(head("/test/echo", { method: "GET" }), response).end();
    await response.over;
    expect(response.status).toBe(200);
    expect(response.body.byteLength).toBe(0);
    expect(router.last.request.method).toBe("GET");
  });

  it("answer a path that is not the router's", async () => {
    const client = await start(new TestRouter(), http);
    const response = new Collector();
    client.request(head("/elsewhere"), response).end(Buffer.from("x"));
    await response.over;
    expect(response.status).toBe(404);
  });

  it("carry a streamed request", async () => {
    const router = new TestRouter(echoStream);
    const client = await start(router, http);
    const response = new Collector();
    const stream = client.request(head("/test/stream"), response);
    for (let i = 0; i < 10; i++) stream.write(Buffer.from(`${i};`));
    stream.end();
    await response.over;
    expect(response.text).toBe("0;1;2;3;4;5;6;7;8;9;");
    expect(response.trailers?.get("x-trailer")).toBe("last");
  });
});
