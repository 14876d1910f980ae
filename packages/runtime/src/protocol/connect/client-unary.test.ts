import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../../http/header-map.js";
import { bodyType, bytes, gzip, json, openClient, pairs, proto } from "../../testing/protocol-fixtures.js";
import { connect } from "./client.js";

function head(status: number, headers: { [name: string]: string }, codec = proto): string {
  const exchange = openClient(connect(), "unary", { acceptCompression: [gzip], codec });
  return bodyType(exchange.responseHead(status, new HeaderMap(headers)));
}

function failure(status: number, headers: { [name: string]: string }, body: string | undefined): string | undefined {
  const exchange = openClient(connect(), "unary");
  expect(exchange.responseHead(status, new HeaderMap(headers)).type).toBe("error");
  const { error } = exchange.end(undefined, body === undefined ? undefined : bytes(body), 0);
  expect(error?.isRemote).toBe(true);
  return error?.message;
}

describe("a unary response's head", () => {
  it.each([
    [200, { "content-type": "application/proto" }, "message"],
    [200, { "content-type": "application/proto", "content-encoding": "identity" }, "message"],
    [200, { "content-type": "application/proto", "content-encoding": "" }, "message"],
    [200, { "content-type": "Application/Proto ; x=y", "content-encoding": "gzip" }, "message in gzip"],
    [401, { "content-type": "application/json" }, "error"],
    [401, { "content-type": "application/json; charset=utf-8", "content-encoding": "gzip" }, "error in gzip"],
    [
      200,
      { "content-type": "application/json" },
      'failed: [internal] the response has the content type "application/json", "application/proto" was expected',
    ],
    [
      200,
      { "content-type": "image/jpeg" },
      'failed: [unknown] the response has the content type "image/jpeg", "application/proto" was expected',
    ],
    [200, {}, 'failed: [unknown] the response has no content type, "application/proto" was expected'],
    [
      200,
      { "content-type": "application/proto", "content-encoding": "foo" },
      'failed: [internal] the response has the unknown compression "foo": this client accepts identity,gzip',
    ],
    [
      403,
      { "content-type": "application/proto" },
      "failed: [permission_denied] the server answered with HTTP status 403",
    ],
    [503, { "content-type": "text/html" }, "failed: [unavailable] the server answered with HTTP status 503"],
    [404, {}, "failed: [unimplemented] the server answered with HTTP status 404"],
    [204, {}, "failed: [unknown] the server answered with HTTP status 204"],
    [
      401,
      { "content-type": "application/json", "content-encoding": "foo" },
      "failed: [unauthenticated] the server answered with HTTP status 401",
    ],
  ] as [number, { [name: string]: string }, string][])("with status %i and %j is %s", (status, headers, expected) => {
    expect(head(status, headers)).toBe(expected);
  });

  it("in JSON may name the charset", () => {
    expect(head(200, { "content-type": "application/json; charset=utf-8" }, json)).toBe("message");
  });

  it("bounds what it quotes", () => {
    const message = head(200, { "content-type": "x".repeat(10_000) });
    expect(message.length).toBeLessThan(250);
  });
});

describe("a unary response", () => {
  it("keeps its headers as they came when there are no trailers", () => {
    const exchange = openClient(connect(), "unary");
    const headers = new HeaderMap({ "content-type": "application/proto", a: "1" });
    expect(exchange.responseHead(200, headers).headers).toBe(headers);
    expect(exchange.end(undefined, undefined, 0)).toEqual({ error: undefined, trailers: new HeaderMap() });
  });

  it("parts trailers from headers, repeated values too", () => {
    const exchange = openClient(connect(), "unary");
    const received = new HeaderMap([
      ["a", "1"],
      ["Trailer-T", "2"],
      ["content-type", "application/proto"],
      ["trailer-t", "3"],
      ["trailer", "x"],
    ]);
    expect(pairs(exchange.responseHead(200, received).headers)).toEqual([
      ["a", "1"],
      ["content-type", "application/proto"],
      ["trailer", "x"],
    ]);
    expect(pairs(exchange.end(undefined, undefined, 0).trailers)).toEqual([
      ["t", "2"],
      ["t", "3"],
    ]);
  });
});

describe("a unary error", () => {
  const type = { "content-type": "application/json" };

  it.each([
    [401, "null", "[unauthenticated] the server answered with HTTP status 401"],
    [401, '{"code":null,"message":"oops"}', "[unauthenticated] oops"],
    [401, '{"message":"oops"}', "[unauthenticated] oops"],
    [429, '{"code":"foobar","message":"oops"}', "[unavailable] oops"],
    [422, '{"code":"out_of_range","message":"oops","foobar":"baz"}', "[out_of_range] oops"],
    [500, "not json", "[unknown] the server answered with HTTP status 500"],
    [500, "", "[unknown] the server answered with HTTP status 500"],
    [500, undefined, "[unknown] the server answered with HTTP status 500"],
  ])("with status %i and the body %s is %s", (status, body, message) => {
    expect(failure(status, type, body)).toBe(message);
  });

  it("has headers and trailers for metadata", () => {
    const exchange = openClient(connect(), "unary");
    exchange.responseHead(404, new HeaderMap({ ...type, "x-a": "1", "trailer-x-b": "2" }));
    const { error, trailers } = exchange.end(undefined, bytes('{"code":"not_found"}'), 0);
    expect(pairs(error?.metadata)).toEqual([
      ["content-type", "application/json"],
      ["x-a", "1"],
      ["x-b", "2"],
    ]);
    expect(pairs(trailers)).toEqual([["x-b", "2"]]);
  });

  it("by status alone has metadata too", () => {
    const exchange = openClient(connect(), "unary");
    const body = exchange.responseHead(503, new HeaderMap({ "retry-after": "3" }));
    expect(body.type === "failed" && body.error.metadata.get("retry-after")).toBe("3");
    expect(body.type === "failed" && body.error.isRemote).toBe(true);
  });
});
