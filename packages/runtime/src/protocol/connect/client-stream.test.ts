import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../../http/header-map.js";
import { bodyType, bytes, gzip, openClient, pairs } from "../../testing/protocol-fixtures.js";
import type { ClientExchange } from "../protocol.js";
import { connect } from "./client.js";

const type = { "content-type": "application/connect+proto" };

function open(headers: { [name: string]: string } = type): ClientExchange {
  const exchange = openClient(connect(), "bidi_streaming", { acceptCompression: [gzip] });
  expect(exchange.responseHead(200, new HeaderMap(headers)).type).toBe("envelopes");
  return exchange;
}

describe("a streaming response's head", () => {
  it.each([
    [200, type, "envelopes"],
    [200, { ...type, "connect-content-encoding": "identity" }, "envelopes"],
    [200, { ...type, "connect-content-encoding": "gzip" }, "envelopes in gzip"],
    [200, { ...type, "content-encoding": "foo" }, "envelopes"],
    [
      200,
      { ...type, "connect-content-encoding": "foo" },
      'failed: [internal] the response has the unknown compression "foo": this client accepts identity,gzip',
    ],
    [
      200,
      { "content-type": "application/connect+json" },
      'failed: [internal] the response has the content type "application/connect+json", "application/connect+proto" was expected',
    ],
    [
      200,
      { "content-type": "application/proto" },
      'failed: [unknown] the response has the content type "application/proto", "application/connect+proto" was expected',
    ],
    [503, type, "failed: [unavailable] the server answered with HTTP status 503"],
    [505, {}, "failed: [unknown] the server answered with HTTP status 505"],
  ] as [number, { [name: string]: string }, string][])("with status %i and %j is %s", (status, headers, expected) => {
    const exchange = openClient(connect(), "bidi_streaming", { acceptCompression: [gzip] });
    expect(bodyType(exchange.responseHead(status, new HeaderMap(headers)))).toBe(expected);
  });
});

describe("the end of a streaming response", () => {
  it.each([2, 3])("is an envelope with the flags %i", (flags) => {
    const exchange = open();
    exchange.endEnvelope(flags, bytes('{"metadata":{"t":["1"]}}'));
    const end = exchange.end(undefined, undefined, 0);
    expect(end.error).toBeUndefined();
    expect(pairs(end.trailers)).toEqual([["t", "1"]]);
  });

  it("gives an error with the headers", () => {
    const exchange = open({ ...type, h: "0" });
    exchange.endEnvelope(2, bytes('{"error":{"code":"aborted","message":"m"}}'));
    const { error } = exchange.end(undefined, undefined, 0);
    expect(error?.message).toBe("[aborted] m");
    expect(error?.metadata.get("h")).toBe("0");
  });

  it("must be there", () => {
    const { error } = open().end(new HeaderMap({ "grpc-status": "0" }), undefined, 12);
    expect(error?.message).toBe("[internal] the response ended without an end-of-stream message");
  });

  it("must be the end", () => {
    const exchange = open();
    exchange.endEnvelope(2, bytes('{"metadata":{"t":["1"]}}'));
    const end = exchange.end(undefined, undefined, 7);
    expect(end.error?.message).toBe("[internal] corrupt response: 7 extra bytes after end of stream");
    expect(pairs(end.trailers)).toEqual([["t", "1"]]);
  });

  it.each([4, 6, 128, 130, 255])("is not an envelope with the flags %i", (flags) => {
    const exchange = open();
    exchange.endEnvelope(flags, bytes("{}"));
    expect(exchange.end(undefined, undefined, 0).error?.message).toBe(
      `[internal] an envelope of the response has the invalid flags ${flags}`,
    );
  });
});
