import http2 from "node:http2";
import net from "node:net";
import { gzipSync } from "node:zlib";
import { ConnectError } from "@connect-ts/runtime";
import { createNodeTransport, gzip, type Server, serve } from "@connect-ts/runtime/node";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { until } from "../behaviour/helpers.js";
import { pingService } from "../behaviour/ping-service.js";
import { createPingServiceClient, createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { codeOf, envelope, type Request, send, type Version } from "./raw-request.js";

const ping = "/ping.v1.PingService/Ping";
const sum = "/ping.v1.PingService/Sum";
const countUp = "/ping.v1.PingService/CountUp";
const limit = 2048;

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
  expect(server.http.listening).toBe(true);
  // Whatever came in, the next good call succeeds.
  const transport = createNodeTransport({ baseUrl: `http://127.0.0.1:${server.port}` });
  expect((await createPingServiceClient(transport).ping({ number: 1n })).number).toBe(1n);
  transport.close?.();
  await server.close();
  expect(openIterators).toBe(0);
  expect(reports).toEqual([]);
});

const json = { "content-type": "application/json" };
const proto = { "content-type": "application/proto" };
const stream = { "content-type": "application/connect+json" };
const grpc = { "content-type": "application/grpc", te: "trailers" };
const web = { "content-type": "application/grpc-web+proto" };

interface Case {
  readonly name: string;
  readonly request: Request;
  readonly status: number;
  readonly code?: string | number;
  readonly header?: readonly [string, RegExp];
}

const cases: readonly Case[] = [
  // Heads.
  {
    name: "a path that is no procedure",
    request: { path: "/nothing", headers: { "content-type": "text/plain" } },
    status: 404,
  },
  {
    name: "an unknown procedure, Connect",
    request: { path: "/ping.v1.PingService/Pong", headers: json, body: "{}" },
    status: 404,
    code: "unimplemented",
  },
  {
    name: "an unknown procedure, gRPC-Web",
    request: { path: "/ping.v1.PingService/Pong", headers: web },
    status: 200,
    code: 12,
  },
  {
    name: "an unknown procedure, Connect stream",
    request: { path: "/ping.v1.PingService/Pong", headers: stream },
    status: 200,
    code: "unimplemented",
  },
  {
    name: "a path named like a member of objects",
    request: { path: "/__proto__", headers: json, body: "{}" },
    status: 404,
    code: "unimplemented",
  },
  {
    name: "a path of a service without its method",
    request: { path: "/ping.v1.PingService/", headers: json, body: "{}" },
    status: 404,
    code: "unimplemented",
  },
  {
    name: "a path with percent escapes",
    request: { path: "/ping.v1.PingService/%50ing", headers: json, body: "{}" },
    status: 404,
    code: "unimplemented",
  },
  {
    name: "a verb that no RPC has",
    request: { method: "PUT", headers: json, body: "{}" },
    status: 405,
    header: ["allow", /POST/],
  },
  { name: "DELETE", request: { method: "DELETE" }, status: 405, header: ["allow", /GET, POST/] },
  {
    name: "GET of an RPC with side effects",
    request: { method: "GET", path: sum },
    status: 405,
    header: ["allow", /^POST$/],
  },
  {
    name: "an unknown content type",
    request: { headers: { "content-type": "image/jpeg" }, body: "x" },
    status: 415,
    header: ["accept-post", /application\/proto/],
  },
  { name: "no content type", request: { body: "{}" }, status: 415 },
  {
    name: "a content type named like a member of objects",
    request: { headers: { "content-type": "application/__proto__" }, body: "{}" },
    status: 415,
  },
  {
    name: "a streaming content type for a unary RPC",
    request: { headers: stream, body: envelope(0, "{}") },
    status: 415,
  },
  { name: "a unary content type for a streaming RPC", request: { path: sum, headers: json, body: "{}" }, status: 415 },
  {
    name: "an unknown charset",
    request: { headers: { "content-type": "application/json; charset=klingon" }, body: "{}" },
    status: 415,
  },
  // Protocol headers.
  {
    name: "a wrong protocol version",
    request: { headers: { ...json, "connect-protocol-version": "2" }, body: "{}" },
    status: 400,
    code: "invalid_argument",
  },
  ...["soon", "-1", "1e3", "12345678901", "1.5", "0x10"].map((timeout) => ({
    name: `Connect-Timeout-Ms ${JSON.stringify(timeout)}`,
    request: { headers: { ...json, "connect-timeout-ms": timeout }, body: "{}" },
    status: 400,
    code: "invalid_argument",
  })),
  ...["5", "S", "123456789S", "-1S", "1s", "1.5S", "5 S", "5X"].map((timeout) => ({
    name: `grpc-timeout ${JSON.stringify(timeout)}`,
    request: { headers: { ...web, "grpc-timeout": timeout }, body: envelope(0, "") },
    status: 200,
    code: 3,
  })),
  {
    name: "an unknown compression, Connect",
    request: { headers: { ...json, "content-encoding": "lzma" }, body: "x" },
    status: 501,
    code: "unimplemented",
    header: ["accept-encoding", /gzip/],
  },
  {
    name: "an unknown compression, Connect stream",
    request: { path: sum, headers: { ...stream, "connect-content-encoding": "lzma" } },
    status: 200,
    code: "unimplemented",
    header: ["connect-accept-encoding", /gzip/],
  },
  {
    name: "an unknown compression, gRPC-Web",
    request: { headers: { ...web, "grpc-encoding": "lzma" }, body: envelope(0, "") },
    status: 200,
    code: 12,
    header: ["grpc-accept-encoding", /gzip/],
  },
  {
    name: "a compression named like a member of objects",
    request: { headers: { ...json, "content-encoding": "constructor" }, body: "x" },
    status: 501,
    code: "unimplemented",
  },
  // Unary bodies.
  { name: "JSON that is none", request: { headers: json, body: "{" }, status: 400, code: "invalid_argument" },
  { name: "no JSON at all", request: { headers: json, body: "" }, status: 400, code: "invalid_argument" },
  { name: "JSON of another shape", request: { headers: json, body: "[1]" }, status: 400, code: "invalid_argument" },
  {
    name: "JSON with a field of the wrong type",
    request: { headers: json, body: '{"text":5}' },
    status: 400,
    code: "invalid_argument",
  },
  {
    name: "JSON that is not UTF-8",
    request: { headers: json, body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]) },
    status: 400,
    code: "invalid_argument",
  },
  {
    name: "protobuf that is none",
    request: { headers: proto, body: Buffer.from([0xff, 0xff]) },
    status: 400,
    code: "invalid_argument",
  },
  {
    name: "protobuf with a length beyond its end",
    request: { headers: proto, body: Buffer.from([0x12, 0x7f, 0x61]) },
    status: 400,
    code: "invalid_argument",
  },
  {
    name: "a body above the limit",
    request: { headers: json, body: `{"text":"${"x".repeat(limit)}"}` },
    status: 429,
    code: "resource_exhausted",
  },
  {
    name: "a compressed body that is none",
    request: { headers: { ...json, "content-encoding": "gzip" }, body: "not gzip" },
    status: 400,
    code: "invalid_argument",
  },
  {
    name: "a compressed body that is cut short",
    request: { headers: { ...json, "content-encoding": "gzip" }, body: gzipSync("{}").subarray(0, 12) },
    status: 400,
    code: "invalid_argument",
  },
  {
    name: "a compressed body that inflates beyond the limit",
    request: { headers: { ...json, "content-encoding": "gzip" }, body: gzipSync("x".repeat(1_000_000)) },
    status: 429,
    code: "resource_exhausted",
  },
  // Envelopes.
  {
    name: "no message where one is due",
    request: { path: countUp, headers: stream },
    status: 200,
    code: "unimplemented",
  },
  {
    name: "two messages where one is due",
    request: { path: countUp, headers: stream, body: Buffer.concat([envelope(0, "{}"), envelope(0, "{}")]) },
    status: 200,
    code: "unimplemented",
  },
  { name: "no message where one is due, gRPC-Web", request: { headers: web }, status: 200, code: 12 },
  {
    name: "a prefix that is cut short",
    request: { path: sum, headers: stream, body: envelope(0, "{}").subarray(0, 3) },
    status: 200,
    code: "invalid_argument",
  },
  {
    name: "a message that is cut short",
    request: { path: sum, headers: stream, body: envelope(0, "{", 9) },
    status: 200,
    code: "invalid_argument",
  },
  {
    name: "a message that is cut short, unary gRPC-Web",
    request: { headers: web, body: envelope(0, "abc", 9) },
    status: 200,
    code: 3,
  },
  {
    name: "a declared length of 4 GiB",
    request: { path: sum, headers: stream, body: envelope(0, "x", 0xffffffff) },
    status: 200,
    code: "resource_exhausted",
  },
  {
    name: "a declared length one above the limit",
    request: { path: sum, headers: stream, body: envelope(0, "x", limit + 1) },
    status: 200,
    code: "resource_exhausted",
  },
  {
    name: "a declared length of 4 GiB, unary gRPC-Web",
    request: { headers: web, body: envelope(0, "x", 0xffffffff) },
    status: 200,
    code: 8,
  },
  {
    name: "a compressed flag without a compression",
    request: { path: sum, headers: stream, body: envelope(1, "{}") },
    status: 200,
    code: "internal",
  },
  {
    name: "a compressed flag without a compression, unary gRPC-Web",
    request: { headers: web, body: envelope(1, "ab") },
    status: 200,
    code: 13,
  },
  {
    name: "flags that no request has",
    request: { path: sum, headers: stream, body: envelope(2, "{}") },
    status: 200,
    code: "invalid_argument",
  },
  {
    name: "all flags but that of compression",
    request: { path: sum, headers: stream, body: envelope(0xfe, "{}") },
    status: 200,
    code: "invalid_argument",
  },
  {
    name: "a message that is none",
    request: { path: sum, headers: stream, body: envelope(0, '{"number":"x"}') },
    status: 200,
    code: "invalid_argument",
  },
  // GET.
  { name: "GET without a query", request: { method: "GET" }, status: 400, code: "invalid_argument" },
  {
    name: "GET without a message",
    request: { method: "GET", path: `${ping}?encoding=json` },
    status: 400,
    code: "invalid_argument",
  },
  {
    name: "GET without an encoding",
    request: { method: "GET", path: `${ping}?message=%7B%7D` },
    status: 400,
    code: "invalid_argument",
  },
  {
    name: "GET with an unknown encoding",
    request: { method: "GET", path: `${ping}?encoding=__proto__&message=%7B%7D` },
    status: 415,
  },
  {
    name: "GET with bad base64",
    request: { method: "GET", path: `${ping}?encoding=proto&base64=1&message=!!` },
    status: 400,
    code: "invalid_argument",
  },
  {
    name: "GET with a bad escape",
    request: { method: "GET", path: `${ping}?encoding=json&message=%7` },
    status: 400,
    code: "invalid_argument",
  },
  {
    name: "GET with an unknown compression",
    request: { method: "GET", path: `${ping}?encoding=json&compression=lzma&message=%7B%7D` },
    status: 501,
    code: "unimplemented",
  },
  {
    name: "GET with a wrong version",
    request: { method: "GET", path: `${ping}?connect=v2&encoding=json&message=%7B%7D` },
    status: 400,
    code: "invalid_argument",
  },
];

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
