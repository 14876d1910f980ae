import http2 from "node:http2";
import net from "node:net";
import { ConnectError } from "@connect-ts/runtime";
import { createNodeTransport, gzip, type Server, serve } from "@connect-ts/runtime/node";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { until } from "../behaviour/helpers.js";
import { pingService } from "../behaviour/ping-service.js";
import { createPingServiceClient, createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { type Case, cases, countUp, grpc, limit, ping, sum } from "./bad-request-cases.js";
import { codeOf, envelope, send, type Version } from "./raw-request.js";

let server: Server;
const reports: unknown[] = [];
let openIterators = 0;

beforeAll(async () => {
  const service = pingService();
  server = await serve({
    host: "127.0.0.1",
    readMaxBytes: limit,
    compressions: [gzip()],
    onError: (error) => reports.push(error),
    handlers: createPingServiceHandler({
      ...service,
      // Random bytes may well ask for an answer in weeks, or one without an end.
      ping: (request, context) => service.ping({ ...request, delayMs: 0 }, context),
      countUp: (request, context) => service.countUp({ ...request, number: request.number % 100n }, context),
      async sum(requests, context) {
        openIterators++;
        try {
          return await service.sum(requests, context);
        } finally {
          openIterators--;
        }
      },
    }),
  });
});
afterAll(async () => {
  expect(server.listener.listening).toBe(true);
  // Whatever came in, the next good call succeeds.
  const transport = createNodeTransport({ baseUrl: `http://127.0.0.1:${server.port}` });
  expect((await createPingServiceClient(transport).ping({ number: 1n })).number).toBe(1n);
  transport.close?.();
  await server.close();
  expect(openIterators).toBe(0);
  expect(reports).toEqual([]);
});

describe.each<Version>(["1.1", "2"])("bad requests over HTTP/%s get a clear answer:", (version) => {
  it.each(cases)("$name", async ({ request, status, code, header }) => {
    const response = await send(server.port, version, { path: ping, ...request });
    expect({ status: response.status, code: code === undefined ? undefined : codeOf(response) }).toEqual({
      status,
      code,
    });
    if (header !== undefined) expect(String(response.headers[header[0]])).toMatch(header[1]);
  });
});

describe("bad gRPC requests get a clear answer:", () => {
  const grpcCases: readonly Case[] = [
    { name: "an unknown procedure", request: { path: "/no.Such/Thing", headers: grpc }, status: 200, code: 12 },
    { name: "no message", request: { headers: grpc }, status: 200, code: 12 },
    {
      name: "two messages",
      request: { headers: grpc, body: Buffer.concat([envelope(0, ""), envelope(0, "")]) },
      status: 200,
      code: 12,
    },
    { name: "a cut message", request: { headers: grpc, body: envelope(0, "a", 5) }, status: 200, code: 3 },
    { name: "a huge length", request: { headers: grpc, body: envelope(0, "a", 0x7fffffff) }, status: 200, code: 8 },
    { name: "bad protobuf", request: { headers: grpc, body: envelope(0, Buffer.from([0xff])) }, status: 200, code: 3 },
    {
      name: "a bad timeout",
      request: { headers: { ...grpc, "grpc-timeout": "1y" }, body: envelope(0, "") },
      status: 200,
      code: 3,
    },
    {
      name: "an unknown codec",
      request: { headers: { ...grpc, "content-type": "application/grpc+xml" } },
      status: 415,
    },
    {
      name: "a bad compression",
      request: { headers: { ...grpc, "grpc-encoding": "gzip" }, body: envelope(1, "nope") },
      status: 200,
      code: 3,
    },
  ];
  it.each(grpcCases)("$name", async ({ request, status, code }) => {
    const response = await send(server.port, "2", { path: ping, ...request });
    expect({ status: response.status, code: code === undefined ? undefined : codeOf(response) }).toEqual({
      status,
      code,
    });
  });
});

describe("curl --data without any header", () => {
  const form = { "content-type": "application/x-www-form-urlencoded" };
  it("is understood as JSON", async () => {
    const response = await send(server.port, "1.1", { path: ping, headers: form, body: '{"text":"hi"}' });
    expect([response.status, response.body.toString()]).toEqual([200, '{"text":"hi"}']);
  });

  it.each(["origin", "sec-fetch-site", "cookie"])(
    "is refused with the header %s: a page could have made it",
    async (name) => {
      const headers = { ...form, [name]: "cross-site" };
      expect((await send(server.port, "1.1", { path: ping, headers, body: "{}" })).status).toBe(415);
    },
  );

  it("is for unary calls", async () => {
    const response = await send(server.port, "1.1", { path: sum, headers: form, body: "{}" });
    expect(response.status).toBe(415);
    expect(response.body.toString()).toMatch(
      /^unsupported media type: the content-type must be one of application\/connect/,
    );
  });
});

describe("requests that are not even HTTP", () => {
  const inputs: readonly (readonly [string, string | Buffer])[] = [
    ["nothing", ""],
    ["a line of text", "hello\r\n\r\n"],
    ["half a preface", "PRI * HT"],
    ["a preface and garbage", `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${"x".repeat(100)}`],
    ["a request line without a version", "POST /ping.v1.PingService/Ping\r\n\r\n"],
    ["a header without a colon", "POST /ping.v1.PingService/Ping HTTP/1.1\r\nHost: a\r\nbroken\r\n\r\n"],
    [
      "two content lengths",
      "POST /ping.v1.PingService/Ping HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    ],
    [
      "a bad chunk size",
      "POST /ping.v1.PingService/Ping HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    ],
    ["a huge head", `POST / HTTP/1.1\r\nHost: a\r\nx: ${"y".repeat(40_000)}\r\n\r\n`],
    ["NUL bytes", Buffer.alloc(64)],
  ];
  it.each(inputs)("%s: the server lives, and the connection ends", async (_, input) => {
    await new Promise<void>((resolve, reject) => {
      const socket = net.connect(server.port, "127.0.0.1", () => {
        socket.end(input);
      });
      socket.on("error", () => undefined);
      socket.on("close", () => resolve());
      socket.resume();
      setTimeout(() => {
        socket.destroy();
        reject(new Error("the connection stays open"));
      }, 4000).unref();
    });
  });
});

describe("a request that is cut off", () => {
  const seen: unknown[] = [];
  it.each([
    ["HTTP/1.1, chunked, reset", "reset"],
    ["HTTP/1.1, chunked, closed", "close"],
  ])("%s: the handler's iterator throws canceled, never a clean end", async (_, how) => {
    let state = "waiting";
    const service = createPingServiceHandler({
      ...pingService(),
      async sum(requests) {
        try {
          for await (const _ of requests) state = "reading";
          state = "ended cleanly";
        } catch (error) {
          state = error instanceof ConnectError ? error.code : String(error);
          seen.push(error);
          throw error;
        }
        return {};
      },
    });
    const own = await serve({ handlers: service, host: "127.0.0.1" });
    const socket = net.connect(own.port, "127.0.0.1");
    socket.on("error", () => undefined);
    const message = envelope(0, "{}");
    socket.write(
      `POST ${sum} HTTP/1.1\r\nHost: a\r\nContent-Type: application/connect+json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    socket.write(`${message.length.toString(16)}\r\n`);
    socket.write(message);
    socket.write("\r\n");
    await until(() => state === "reading");
    if (how === "reset") socket.resetAndDestroy();
    else socket.destroy();
    await until(() => state !== "reading");
    expect(state).toBe("canceled");
    await own.close();
  });

  it.each(["reset", "session"])("HTTP/2, %s: the same", async (how) => {
    let state = "waiting";
    const service = createPingServiceHandler({
      ...pingService(),
      async sum(requests) {
        try {
          for await (const _ of requests) state = "reading";
          state = "ended cleanly";
        } catch (error) {
          state = error instanceof ConnectError ? error.code : String(error);
          throw error;
        }
        return {};
      },
    });
    const own = await serve({ handlers: service, host: "127.0.0.1" });
    const session = http2.connect(`http://127.0.0.1:${own.port}`);
    session.on("error", () => undefined);
    const stream = session.request({ ":method": "POST", ":path": sum, ...grpc });
    stream.on("error", () => undefined);
    stream.write(envelope(0, ""));
    await until(() => state === "reading");
    if (how === "session") session.destroy();
    else stream.destroy(new Error("gone"));
    await until(() => state !== "reading");
    expect(state).toBe("canceled");
    session.destroy();
    await own.close();
  });
});

describe("random input", () => {
  it("gets an answer with a status, whatever it is", async () => {
    const types = [
      "application/json",
      "application/proto",
      "application/connect+json",
      "application/grpc-web+proto",
      "application/grpc-web-text",
      "application/connect+proto",
    ];
    const request = fc.record({
      path: fc.constantFrom(ping, sum, countUp, `${ping}?encoding=json`, "/x"),
      type: fc.constantFrom(...types),
      body: fc.uint8Array({ maxLength: 64 }),
      encoding: fc.constantFrom("", "gzip", "br", "identity"),
    });
    await fc.assert(
      fc.asyncProperty(
        request,
        fc.constantFrom<Version>("1.1", "2"),
        async ({ path, type, body, encoding }, version) => {
          const headers: { [name: string]: string } = { "content-type": type };
          if (encoding !== "") headers["content-encoding"] = encoding;
          const { status } = await send(server.port, version, { path, headers, body });
          expect(status).toBeGreaterThanOrEqual(200);
        },
      ),
      { numRuns: 300, interruptAfterTimeLimit: 20_000 },
    );
  }, 60_000);
});
