import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../../http/header-map.js";
import { bodyType, bytes, gzip, json, openClient, pairs } from "../../testing/protocol-fixtures.js";
import type { ClientExchange } from "../protocol.js";
import { grpcWeb } from "./client.js";

const type = { "content-type": "application/grpc-web+proto" };

function open(headers: { [name: string]: string } = type): ClientExchange {
  const exchange = openClient(grpcWeb(), "unary");
  expect(exchange.responseHead(200, new HeaderMap(headers)).type).toBe("envelopes");
  return exchange;
}

describe("a gRPC-Web request", () => {
  it("needs no trailers", () => {
    expect([grpcWeb().name, grpcWeb().needsTrailers]).toEqual(["grpc-web", false]);
  });

  it("has the least of headers", () => {
    const head = openClient(grpcWeb(), "unary").requestHead(false);
    expect([head.method, head.path]).toEqual(["POST", "/t.Service/Do"]);
    expect(pairs(head.headers)).toEqual([
      ["content-type", "application/grpc-web+proto"],
      ["accept-encoding", "identity"],
      ["x-user-agent", "grpc-connect-ts/0.1.0"],
      ["x-grpc-web", "1"],
      ["user-agent", "grpc-connect-ts/0.1.0"],
    ]);
  });

  it("has codec, compressions, timeout and the caller's headers", () => {
    const headers = new HeaderMap({ "X-User-Agent": "mine", "x-grpc-web": "2", te: "trailers" });
    const setup = { codec: json, sendCompression: gzip, acceptCompression: [gzip], timeoutMs: 5, headers };
    expect(pairs(openClient(grpcWeb(), "server_streaming", setup).requestHead(false).headers)).toEqual([
      ["content-type", "application/grpc-web+json"],
      ["accept-encoding", "identity"],
      ["grpc-encoding", "gzip"],
      ["grpc-accept-encoding", "gzip"],
      ["grpc-timeout", "5000000n"],
      ["user-agent", "grpc-connect-ts/0.1.0"],
      ["x-user-agent", "mine"],
      ["x-grpc-web", "2"],
    ]);
  });
});

describe("a gRPC-Web response's head", () => {
  it.each([
    [200, type, "envelopes"],
    [200, { "content-type": "application/grpc-web" }, "envelopes"],
    [200, { ...type, "grpc-encoding": "gzip" }, "envelopes in gzip"],
    [
      200,
      { "content-type": "application/grpc-web+json" },
      'failed: [internal] the response has the content type "application/grpc-web+json", "application/grpc-web+proto" was expected',
    ],
    [
      200,
      { "content-type": "application/grpc" },
      'failed: [unknown] the response has the content type "application/grpc", "application/grpc-web+proto" was expected',
    ],
    [429, type, "failed: [unavailable] the server answered with HTTP status 429"],
    [429, { ...type, "grpc-status": "8" }, "failed: [resource_exhausted]"],
  ] as [number, { [name: string]: string }, string][])("with status %i and %j is %s", (status, headers, expected) => {
    const exchange = openClient(grpcWeb(), "unary", { acceptCompression: [gzip] });
    expect(bodyType(exchange.responseHead(status, new HeaderMap(headers)))).toBe(expected);
  });
});

describe("the end of a gRPC-Web response", () => {
  it.each([0x80, 0x81])("is an envelope with the flags %i", (flags) => {
    const exchange = open({ ...type, h: "0" });
    exchange.endEnvelope(flags, bytes("Grpc-Status: 9\r\ngRPC-Message: error\r\nx-t: 1\r\nX-T: 2\r\n"));
    const end = exchange.end(undefined, undefined, 0);
    expect(end.error?.message).toBe("[failed_precondition] error");
    expect(end.error?.metadata.get("h")).toBe("0");
    expect(pairs(end.trailers)).toEqual([
      ["x-t", "1"],
      ["x-t", "2"],
    ]);
  });

  it("wins over the headers", () => {
    const exchange = open({ ...type, "grpc-status": "8" });
    exchange.endEnvelope(0x80, bytes("grpc-status: 0\r\n"));
    expect(exchange.end(undefined, undefined, 0).error).toBeUndefined();
  });

  it("is in the headers when there is no body", () => {
    const headers = { ...type, "grpc-status": "9", "grpc-message": "error", t: "1" };
    const end = open(headers).end(undefined, undefined, 0);
    expect(end.error?.message).toBe("[failed_precondition] error");
    expect(pairs(end.trailers)).toEqual([["t", "1"]]);
    expect(open(headers).end(undefined, undefined, 5).error?.code).toBe("internal");
  });

  it("is not in HTTP's trailers", () => {
    expect(open().end(new HeaderMap({ "grpc-status": "0" }), undefined, 5).error?.code).toBe("internal");
  });

  it("must have a status", () => {
    const exchange = open();
    exchange.endEnvelope(0x80, bytes("grpc-message: error\r\n"));
    expect(exchange.end(undefined, undefined, 0).error?.code).toBe("unknown");
  });

  it("must be there", () => {
    expect(open().end(undefined, undefined, 0).error?.code).toBe("internal");
  });

  it("must be the end", () => {
    const exchange = open();
    exchange.endEnvelope(0x80, bytes("grpc-status: 0\r\nt: 1\r\n"));
    const end = exchange.end(undefined, undefined, 3);
    expect(end.error?.message).toBe("[internal] corrupt response: 3 extra bytes after end of stream");
    expect(pairs(end.trailers)).toEqual([["t", "1"]]);
  });

  it.each([2, 0x82, 255])("is not an envelope with the flags %i", (flags) => {
    const exchange = open();
    exchange.endEnvelope(flags, bytes("grpc-status: 0\r\n"));
    expect(exchange.end(undefined, undefined, 0).error?.message).toBe(
      `[internal] an envelope of the response has the invalid flags ${flags}`,
    );
  });
});
