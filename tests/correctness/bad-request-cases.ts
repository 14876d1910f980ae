import { gzipSync } from "node:zlib";
import { envelope, type Request } from "./raw-request.js";

export const ping = "/ping.v1.PingService/Ping";
export const sum = "/ping.v1.PingService/Sum";
export const countUp = "/ping.v1.PingService/CountUp";
export const limit = 2048;

export const json = { "content-type": "application/json" };
export const proto = { "content-type": "application/proto" };
export const stream = { "content-type": "application/connect+json" };
export const grpc = { "content-type": "application/grpc", te: "trailers" };
export const web = { "content-type": "application/grpc-web+proto" };

export interface Case {
  readonly name: string;
  readonly request: Request;
  readonly status: number;
  readonly code?: string | number;
  readonly header?: readonly [string, RegExp];
}

export const cases: readonly Case[] = [
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
