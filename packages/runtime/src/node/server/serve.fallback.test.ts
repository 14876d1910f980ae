import http2 from "node:http2";
import { describe, expect, it } from "@jest/globals";
import { useCleanup } from "../../testing/node/cleanup.js";
import { Collector, until } from "../../testing/node/collector.js";
import { TestRouter } from "../../testing/node/echo-router.js";
import { requestTo } from "../../testing/node/request-head.js";
import { serveRouter } from "../../testing/node/test-server.js";
import { createNodeHttpClient } from "../client/http-client.js";
import type { ServeOptions } from "./options.js";

const onCleanup = useCleanup();

async function start(options: Partial<ServeOptions>): Promise<number> {
  const server = await serveRouter(new TestRouter(), options);
  onCleanup(() => server.close());
  return server.port;
}

async function get(port: number, http: "1.1" | "2", path: string): Promise<Collector> {
  const client = createNodeHttpClient({ baseUrl: `http://127.0.0.1:${port}`, http });
  onCleanup(() => client.close?.());
  const response = new Collector();
  client.request(requestTo(path, { method: "GET" }), response).end();
  await response.over;
  return response;
}

describe("serve() with a fallback", () => {
  const page: ServeOptions["fallback"] = (request, response) => {
    response.end(`page ${request.url}`);
  };

  it.each(["1.1", "2"] as const)("gives it the requests for other paths over HTTP/%s", async (http) => {
    const port = await start({ fallback: page });
    expect((await get(port, http, "/index")).text).toBe("page /index");
    const rpc = await get(port, http, "/test/a");
    expect(rpc.status).toBe(200);
    expect(rpc.text).toBe("");
  });

  it.each(["1.1", "2"] as const)("contains what it throws on HTTP/%s, at once or later", async (http) => {
    const errors: unknown[] = [];
    const fallback = (request: { url?: string | undefined }): unknown => {
      if (request.url === "/later") return Promise.reject(new Error("later"));
      throw new Error("at once");
    };
    const port = await start({ fallback, onFallbackError: (error) => errors.push(error) });
    expect((await get(port, http, "/now")).status).toBe(500);
    expect((await get(port, http, "/later")).status).toBe(500);
    expect(errors.map((error) => (error as Error).message)).toEqual(["at once", "later"]);
    expect((await get(port, http, "/test/a")).status).toBe(200);
  });

  it.each(["1.1", "2"] as const)("breaks a response off on HTTP/%s when it throws in the middle", async (http) => {
    const fallback = (_request: unknown, response: { write(text: string): unknown }): void => {
      response.write("half");
      throw new Error("no more");
    };
    const port = await start({ fallback, onFallbackError: () => {} });
    const response = await get(port, http, "/now");
    expect(response.failure).toBeDefined();
  });

  it("gives it methods of HTTP that RPCs do not have", async () => {
    const port = await start({ fallback: page });
    const session = http2.connect(`http://127.0.0.1:${port}`);
    onCleanup(() => session.destroy());
    const stream = session.request({ ":method": "OPTIONS", ":path": "*" });
    let status: unknown;
    stream.on("response", (headers) => {
      status = headers[":status"];
    });
    stream.resume();
    await until(() => status !== undefined);
    expect(status).toBe(200);
  });
});
