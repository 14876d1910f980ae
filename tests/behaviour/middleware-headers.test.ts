import http, { type ServerResponse } from "node:http";
import http2 from "node:http2";
import type { AddressInfo, Server } from "node:net";
import { type NodeHandler, nodeHandler } from "@connect-ts/runtime/node";
import { createRoute } from "@connect-ts/runtime/transport";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { pingService } from "./ping-service.js";

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

const handler = nodeHandler([
  createPingServiceHandler({
    ...pingService(),
    ping(_request, { responseHeaders }) {
      responseHeaders.append("set-cookie", "b=2");
      responseHeaders.append("set-cookie", "c=3");
      responseHeaders.set("vary", "accept-encoding");
      responseHeaders.set("x-over", "ours");
      return {};
    },
  }),
  createRoute("GET", "/route", () => ({ body: "x" })),
]);

type Listener = (response: ServerResponse, serve: () => void) => void;
type Answer = { readonly status: number; readonly headers: { readonly [name: string]: string | string[] | undefined } };

async function listen<S extends Server>(server: S): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const requests = {
  rpc: { method: "POST", path: "/ping.v1.PingService/Ping" },
  stream: { method: "POST", path: "/ping.v1.PingService/CountUp" },
  route: { method: "GET", path: "/route" },
  nothing: { method: "GET", path: "/nothing" },
};

async function overH1(middleware: Listener, { method, path }: { method: string; path: string }): Promise<Answer> {
  const url = await listen(
    http.createServer((request, response) => middleware(response, () => handler(request, response))),
  );
  return new Promise((resolve, reject) => {
    const sent = http.request(url + path, { method, agent: false, headers: type(path) }, (response) => {
      response.resume().on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers }));
    });
    sent.on("error", reject).end(method === "POST" ? body(path) : undefined);
  });
}

async function overH2(middleware: Listener, { method, path }: { method: string; path: string }): Promise<Answer> {
  const url = await listen(
    http2.createServer((request, response) =>
      middleware(response as unknown as ServerResponse, () => (handler as NodeHandler)(request, response)),
    ),
  );
  const session = http2.connect(url);
  return new Promise<Answer>((resolve, reject) => {
    const stream = session.request(
      { ":method": method, ":path": path, ...type(path) },
      { endStream: method === "GET" },
    );
    stream.on("error", reject).on("response", ({ ":status": status = 0, ...headers }) => {
      stream.resume().on("end", () => resolve({ status, headers }));
    });
    if (method === "POST") stream.end(body(path));
  }).finally(() => session.close());
}

function type(path: string): { [name: string]: string } {
  return path.startsWith("/ping")
    ? { "content-type": `application/${path.endsWith("Up") ? "connect+json" : "json"}` }
    : {};
}

function body(path: string): Buffer {
  return path.endsWith("Up") ? Buffer.from([0, 0, 0, 0, 2, 0x7b, 0x7d]) : Buffer.from("{}");
}

describe.each([
  ["HTTP/1.1", overH1],
  ["HTTP/2", overH2],
])("over %s", (version, send) => {
  it.each(Object.entries(requests))("headers that middleware has set are sent: %s", async (name, request) => {
    const { headers } = await send((response, serve) => {
      response.setHeader("X-Request-Id", "7");
      response.setHeader("access-control-allow-origin", "https://app.example.com");
      response.setHeader("vary", "Origin");
      response.setHeader("set-cookie", ["a=1"]);
      response.setHeader("x-over", "theirs");
      serve();
    }, request);
    expect(headers).toMatchObject({
      "x-request-id": "7",
      "access-control-allow-origin": "https://app.example.com",
      "x-content-type-options": "nosniff",
      vary: name === "rpc" ? "Origin, accept-encoding" : "Origin",
      "set-cookie": name === "rpc" ? ["a=1", "b=2", "c=3"] : ["a=1"],
      "x-over": name === "rpc" ? "ours" : "theirs",
    });
  });

  it("headers of one HTTP/1.1 connection stay there", async () => {
    const { status, headers } = await send((response, serve) => {
      if (version === "HTTP/1.1") response.setHeader("connection", "close");
      serve();
    }, requests.rpc);
    expect([status, headers.connection]).toEqual([200, version === "HTTP/1.1" ? "close" : undefined]);
  });
});

it("middleware that waits for the head sees headers as it knows them", async () => {
  // As on-headers does, on which sessions, loggers and compression stand.
  const waiting: Listener = (response, serve) => {
    const { writeHead } = response;
    response.writeHead = ((status: number, headers?: readonly (readonly [string, string])[]) => {
      for (const [name, value] of headers ?? []) response.setHeader(name, value);
      response.setHeader("x-late", "1");
      return writeHead.call(response, status);
    }) as typeof writeHead;
    serve();
  };
  for (const request of Object.values(requests)) {
    const { headers } = await overH1(waiting, request);
    expect(headers).toMatchObject({ "x-late": "1", "content-type": expect.stringMatching(/\//) });
    expect(Object.keys(headers).every((name) => name.length > 1)).toBe(true);
  }
});
