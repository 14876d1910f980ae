import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../../http/header-map.js";
import { bodyType, br, bytes, gzip, json, openClient, pairs } from "../../testing/protocol-fixtures.js";
import type { ClientExchange, ClientSetup } from "../protocol.js";
import { grpc } from "./client.js";

const type = { "content-type": "application/grpc" };

function open(headers: { [name: string]: string } = type, setup?: Partial<ClientSetup>): ClientExchange {
  const exchange = openClient(grpc(), "unary", setup);
  expect(exchange.responseHead(200, new HeaderMap(headers)).type).toBe("envelopes");
  return exchange;
}

describe("a gRPC request", () => {
  it("needs trailers and has envelopes for all kinds, and no GET", () => {
    expect([grpc().name, grpc().needsTrailers]).toEqual(["grpc", true]);
    for (const kind of ["unary", "client_streaming", "server_streaming", "bidi_streaming"] as const) {
      const exchange = openClient(grpc(), kind);
      expect([exchange.enveloped !== false, "getHead" in exchange]).toEqual([true, false]);
    }
  });

  it("has the least of headers", () => {
    const head = openClient(grpc(), "unary").requestHead(false);
    expect([head.method, head.path]).toEqual(["POST", "/t.Service/Do"]);
    expect(pairs(head.headers)).toEqual([
      ["content-type", "application/grpc"],
      ["te", "trailers"],
      ["accept-encoding", "identity"],
      ["user-agent", "grpc-connect-ts/0.1.0"],
    ]);
  });

  it("has codec, compressions, timeout and the caller's headers, but for the reserved ones", () => {
    const headers = new HeaderMap({ x: "1", "grpc-timeout": "1H", te: "x", "User-Agent": "mine", connection: "close" });
    const setup = { codec: json, sendCompression: gzip, acceptCompression: [br, gzip], timeoutMs: 1000, headers };
    expect(pairs(openClient(grpc(), "bidi_streaming", setup).requestHead(false).headers)).toEqual([
      ["content-type", "application/grpc+json"],
      ["te", "trailers"],
      ["accept-encoding", "identity"],
      ["grpc-encoding", "gzip"],
      ["grpc-accept-encoding", "br,gzip"],
      ["grpc-timeout", "1000000u"],
      ["x", "1"],
      ["user-agent", "mine"],
    ]);
  });

  it("has no timeout that cannot be said", () => {
    const { headers } = openClient(grpc(), "unary", { timeoutMs: 1e18 }).requestHead(false);
    expect(headers.has("grpc-timeout")).toBe(false);
  });
});

describe("a gRPC response's head", () => {
  it.each([
    [200, type, "envelopes"],
    [200, { "content-type": "application/grpc+proto" }, "envelopes"],
    [200, { "content-type": "Application/gRPC; x=y" }, "envelopes"],
    [200, { ...type, "grpc-encoding": "identity" }, "envelopes"],
    [200, { ...type, "grpc-encoding": "gzip" }, "envelopes in gzip"],
    [
      200,
      { ...type, "grpc-encoding": "foo" },
      'failed: [internal] the response has the unknown compression "foo": this client accepts identity,gzip',
    ],
    [
      200,
      { "content-type": "application/grpc+json" },
      'failed: [internal] the response has the content type "application/grpc+json", "application/grpc" was expected',
    ],
    [
      200,
      { "content-type": "application/grpc-web" },
      'failed: [unknown] the response has the content type "application/grpc-web", "application/grpc" was expected',
    ],
    [
      200,
      { "content-type": "image/jpeg" },
      'failed: [unknown] the response has the content type "image/jpeg", "application/grpc" was expected',
    ],
    [200, { "content-type": "text/html", "grpc-status": "5", "grpc-message": "m" }, "failed: [not_found] m"],
    [503, type, "failed: [unavailable] the server answered with HTTP status 503"],
    [403, {}, "failed: [permission_denied] the server answered with HTTP status 403"],
    [
      413,
      {},
      "failed: [unknown] the server answered with HTTP status 413: the request is larger than the server takes, or a proxy or framework before it",
    ],
    [503, { "grpc-status": "8", "grpc-message": "m" }, "failed: [resource_exhausted] m"],
    [503, { "grpc-status": "0" }, "failed: [unavailable] the server answered with HTTP status 503"],
  ] as [number, { [name: string]: string }, string][])("with status %i and %j is %s", (status, headers, expected) => {
    const exchange = openClient(grpc(), "unary", { acceptCompression: [gzip] });
    expect(bodyType(exchange.responseHead(status, new HeaderMap(headers)))).toBe(expected);
  });

  it("in JSON is not taken for proto", () => {
    const exchange = openClient(grpc(), "unary", { codec: json });
    expect(bodyType(exchange.responseHead(200, new HeaderMap(type)))).toBe(
      'failed: [internal] the response has the content type "application/grpc", "application/grpc+json" was expected',
    );
  });
});

describe("the end of a gRPC response", () => {
  it("is in the trailers", () => {
    const end = open().end(new HeaderMap({ "grpc-status": "0", t: "1" }), undefined, 12);
    expect(end.error).toBeUndefined();
    expect(pairs(end.trailers)).toEqual([["t", "1"]]);
    const failed = open({ ...type, h: "0" }).end(new HeaderMap({ "grpc-status": "10" }), undefined, 0);
    expect(failed.error?.code).toBe("aborted");
    expect(failed.error?.metadata.get("h")).toBe("0");
  });

  it.each([undefined, new HeaderMap()])("is in the headers when there is nothing else: trailers %o", (trailers) => {
    const end = open({ ...type, "grpc-status": "9", "grpc-message": "m", t: "1" }).end(trailers, undefined, 0);
    expect(end.error?.message).toBe("[failed_precondition] m");
    expect(pairs(end.trailers)).toEqual([["t", "1"]]);
  });

  it("is not in the headers when there is a body", () => {
    const { error } = open({ ...type, "grpc-status": "9" }).end(undefined, undefined, 5);
    expect(error?.code).toBe("internal");
  });

  it("is not in the headers when there are trailers", () => {
    const headers = { ...type, "grpc-status": "8" };
    expect(open(headers).end(new HeaderMap({ foo: "bar", "grpc-status": "9" }), undefined, 0).error?.code).toBe(
      "failed_precondition",
    );
    expect(open(headers).end(new HeaderMap({ foo: "bar" }), undefined, 0).error?.code).toBe("unknown");
  });

  it("must be there", () => {
    expect(open().end(undefined, undefined, 5).error?.message).toBe(
      "[internal] the response ended without trailers and so without grpc-status: was it cut by a proxy?",
    );
    expect(open().end(new HeaderMap({ "grpc-message": "m" }), undefined, 0).error?.code).toBe("unknown");
  });

  it.each([2, 128, 255])("is not an envelope with the flags %i", (flags) => {
    const exchange = open();
    exchange.endEnvelope(flags, bytes("{}"));
    expect(exchange.end(new HeaderMap({ "grpc-status": "0" }), undefined, 0).error?.message).toBe(
      `[internal] an envelope of the response has the invalid flags ${flags}`,
    );
  });
});
