import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../../http/header-map.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { Collector } from "../../testing/node/collector.js";
import { TestRouter } from "../../testing/node/echo-router.js";
import { requestTo } from "../../testing/node/request-head.js";
import { serveRouter } from "../../testing/node/test-server.js";
import { createNodeHttpClient } from "../client/http-client.js";

const onCleanup = useCleanup();

describe.each(["1.1", "2"] as const)("many large messages at the same time over HTTP/%s", (http) => {
  it("all come back: nobody is refused, and the two ends do not wait for each other", async () => {
    const server = await serveRouter(new TestRouter());
    onCleanup(() => server.close());
    const client = createNodeHttpClient({ baseUrl: `http://127.0.0.1:${server.port}`, http, maxConnections: 1 });
    onCleanup(() => client.close?.());
    const bodies = Array.from({ length: 64 }, (_, i) => Buffer.alloc(1_500_000, i));
    const responses = bodies.map((body) => {
      const response = new Collector();
      client.request(requestTo("/test/a"), response).end(body);
      return response;
    });
    await Promise.all(responses.map(({ over }) => over));
    expect(responses.flatMap(({ failure }) => failure ?? [])).toEqual([]);
    expect(responses.every(({ body }, i) => body.equals(bodies[i] as Buffer))).toBe(true);
  });
});

describe("a connection of HTTP/2 that holds more than it may", () => {
  it("refuses new calls with ENHANCE_YOUR_CALM", async () => {
    const router = new TestRouter(({ response }) => {
      response.resume();
      response.respond(200, new HeaderMap(), Buffer.alloc(5_000_000));
    });
    const server = await serveRouter(router, { maxConnectionBytes: 8_000_000 });
    onCleanup(() => server.close());
    const client = createNodeHttpClient({ baseUrl: `http://127.0.0.1:${server.port}`, http: "2", maxConnections: 1 });
    onCleanup(() => client.close?.());
    const streams = Array.from({ length: 4 }, () => {
      const response = new Collector();
      const stream = client.request(requestTo("/test/a"), response);
      stream.pause();
      stream.end();
      return { response, stream };
    });
    await Promise.race(streams.map(({ response }) => response.over));
    const failures = streams.flatMap(({ response }) => response.failure ?? []);
    expect(failures[0]).toMatchObject({ reason: "reset", resetCode: 11 });
    for (const { stream } of streams) stream.cancel();
  });
});
