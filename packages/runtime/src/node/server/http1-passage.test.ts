import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { headersFromRaw } from "../../http/header-map.js";
import { until } from "../../testing/node/collector.js";
import { http1Head } from "./http1-passage.js";
import type { Http2ServerStream } from "./http2-stream.js";

interface Request {
  readonly method?: string;
  readonly path?: string;
  readonly authority?: string;
  readonly fields?: readonly string[];
  readonly length?: number;
}

function headOf({ method = "POST", path = "/a", authority = "a.example", fields = [], length = 0 }: Request) {
  const stream = { method, path, authority, headers: headersFromRaw(fields) };
  return http1Head(stream as unknown as Http2ServerStream, length);
}

const smuggled = "x\r\ncontent-length: 0\r\n\r\nGET /admin HTTP/1.1\r\nhost: a\r\n\r\n";

describe("a request of HTTP/2 that HTTP/1.1 cannot carry", () => {
  const refused: readonly (readonly [string, Request])[] = [
    ["a method with a line break", { method: "GET /admin HTTP/1.1\r\n" }],
    ["a method with a space", { method: "GET /x" }],
    ["a method with a colon", { method: "GET:" }],
    ["an empty method", { method: "" }],
    ["a method that is not ASCII", { method: "GÉT" }],
    ["a path with a line break", { path: "/a HTTP/1.1\r\nx: y" }],
    ["a path with a bare line feed", { path: "/a\nx" }],
    ["a path with a bare carriage return", { path: "/a\rx" }],
    ["a path with a space", { path: "/a b" }],
    ["a path with a tab", { path: "/a\tb" }],
    ["a path with a NUL", { path: "/a\0" }],
    ["a path with a DEL", { path: "/a\x7f" }],
    ["a path that is not ASCII", { path: "/ä" }],
    ["a path with a fragment", { path: "/a#b" }],
    ["a path without a slash", { path: "a" }],
    ["an empty path", { path: "" }],
    ["an absolute URL as its path", { path: "http://b.example/a" }],
    ["an asterisk without OPTIONS", { path: "*", method: "GET" }],
    ["an authority with a line break", { authority: "a\r\nx: y" }],
    ["an authority with a space", { authority: "a b" }],
    ["an authority with a path", { authority: "a.example/b" }],
    ["an authority with a user", { authority: "user@a.example" }],
    ["an authority with a query", { authority: "a.example?b" }],
    ["an authority with a backslash", { authority: "a\\b" }],
    ["two hosts", { authority: "a, b" }],
    ["a host that is not its authority", { fields: ["host", "b.example"] }],
    ["hosts of which one is not its authority", { fields: ["host", "a.example", "host", "b.example"] }],
    ["a value with a line break", { fields: ["x-a", smuggled] }],
    ["a value with a bare line feed", { fields: ["x-a", "b\nc"] }],
    ["a value with a bare carriage return", { fields: ["x-a", "b\rc"] }],
    ["a value with a NUL", { fields: ["x-a", "b\0c"] }],
    ["a value with a DEL", { fields: ["x-a", "b\x7fc"] }],
    ["a cookie with a line break", { fields: ["cookie", smuggled] }],
    ["a name with a space", { fields: ["x a", "b"] }],
    ["a name with a space at its end", { fields: ["content-length ", "5"] }],
    ["a name with a colon", { fields: ["x:a", "b"] }],
    ["a name with a line break", { fields: ["x\r\ny", "b"] }],
    ["a name that is not ASCII", { fields: ["ä", "b"] }],
    ["an empty name", { fields: ["", "b"] }],
    ["a field that is not passed on, with a bad value", { fields: ["te", smuggled] }],
  ];

  it.each(refused)("%s is refused", (_name, request) => {
    expect(headOf(request)).toBeUndefined();
  });
});

describe("a request of HTTP/2 that is passed on", () => {
  let server: http.Server;
  let seen: http.IncomingMessage[] = [];
  beforeAll(async () => {
    server = http.createServer((request, response) => {
      seen.push(request);
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const fields = (...list: string[]): Request => ({ fields: list });
  const passed: readonly (readonly [string, Request, http.IncomingHttpHeaders])[] = [
    ["has its authority as its host", {}, { host: "a.example" }],
    ["has one host, if it came with the same", fields("host", "a.example"), { host: "a.example" }],
    ["has a port in it", { authority: "[::1]:8080" }, { host: "[::1]:8080" }],
    ["has a query as it came", { path: "/a?b=c&d=%20'\"<>" }, { host: "a.example" }],
    ["may be for the whole server", { method: "OPTIONS", path: "*" }, { host: "a.example" }],
    ["has its length from us", { ...fields("content-length", "7"), length: 5 }, { "content-length": "5" }],
    ["has no length without a body", fields("content-length", "7"), { "content-length": undefined }],
    ["has chunks where its length is not known", { length: -1 }, { "transfer-encoding": "chunked" }],
    ["has no coding from outside", fields("transfer-encoding", "chunked"), { "transfer-encoding": undefined }],
    [
      "has neither from outside",
      { ...fields("transfer-encoding", "gzip, chunked", "content-length", "3"), length: 5 },
      { "transfer-encoding": undefined, "content-length": "5" },
    ],
    ["has a connection of its own", fields("connection", "keep-alive, x-a"), { connection: "close" }],
    ["upgrades to nothing", fields("upgrade", "websocket"), { upgrade: undefined }],
    ["upgrades not to HTTP/2", fields("http2-settings", "AAAA"), { "http2-settings": undefined }],
    ["has no te", fields("te", "trailers"), { te: undefined }],
    ["announces no trailers", fields("trailer", "x-a"), { trailer: undefined }],
    ["waits for no 100", fields("expect", "100-continue"), { expect: undefined }],
    ["has no proxy-connection", fields("proxy-connection", "keep-alive"), { "proxy-connection": undefined }],
    ["has one cookie of its crumbs", fields("cookie", "a=1", "x-a", "b", "cookie", "c=2"), { cookie: "a=1; c=2" }],
    ["has fields twice that came twice", fields("x-a", "1", "x-a", "2"), { "x-a": "1, 2" }],
    ["has values that are not ASCII", fields("x-a", "\xe4\xff"), { "x-a": "\xe4\xff" }],
    ["has empty values", fields("x-a", ""), { "x-a": "" }],
    ["has no prototype", fields("__proto__", "x"), { host: "a.example" }],
  ];

  it.each(passed)("%s, and is one request", async (_name, request, headers) => {
    const head = headOf(request);
    expect(head).toMatch(/\r\n\r\n$/);
    expect(head?.split("\r\n\r\n")).toHaveLength(2);
    seen = [];
    const socket = net.connect((server.address() as AddressInfo).port, "127.0.0.1");
    let closed = false;
    socket.on("close", () => {
      closed = true;
    });
    socket.resume();
    const { length = 0 } = request;
    socket.write(`${head}${length > 0 ? "hello" : length < 0 ? "5\r\nhello\r\n0\r\n\r\n" : ""}`, "latin1");
    await until(() => closed);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ method: request.method ?? "POST", url: request.path ?? "/a" });
    for (const [name, value] of Object.entries(headers)) expect(seen[0]?.headers[name]).toBe(value);
  });
});
