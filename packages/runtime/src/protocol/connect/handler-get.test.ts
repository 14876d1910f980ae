import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ConnectError } from "../../error/connect-error.js";
import { HeaderMap } from "../../http/header-map.js";
import { bytesToBase64Url } from "../../http/platform-base64.js";
import { br, bytes, gzip, json, pairs, proto, spec, text } from "../../testing/protocol-fixtures.js";
import type { HandlerExchange, HandlerSetup } from "../protocol.js";
import { type ConnectHandlerOptions, connectHandlerProtocol } from "./handler.js";
import { notModifiedError } from "./not-modified.js";

const none = new HeaderMap();

function get(
  query: string,
  headers: { [name: string]: string } = {},
  setup?: Partial<HandlerSetup>,
  options?: ConnectHandlerOptions,
) {
  return connectHandlerProtocol(options).accept(
    { method: "GET", query, headers: new HeaderMap(headers) },
    {
      spec: spec("unary", "no_side_effects"),
      codecs: [proto, json],
      compressions: [gzip, br],
      ...setup,
    },
  );
}

describe("a GET", () => {
  it.each([
    ["connect=v1&encoding=json&message=%7B%22a%22%3A%22%E2%98%BA+%2B%22%7D", "json", [...bytes('{"a":"☺ +"}')]],
    ["encoding=json&message={}", "json", [0x7b, 0x7d]],
    ["encoding=json&message=", "json", []],
    ["encoding=proto&message=%00%ff", "proto", [0, 255]],
    ["encoding=proto&base64=0&message=AQ", "proto", [0x41, 0x51]],
    ["connect=v1&base64=1&encoding=proto&message=-_8B", "proto", [0xfb, 0xff, 1]],
    ["base64=1&encoding=proto&message=+/8B", "proto", [0xfb, 0xff, 1]],
    ["base64=1&encoding=proto&message=%2B%2F8B", "proto", [0xfb, 0xff, 1]],
    ["base64=1&encoding=proto&message=AQ", "proto", [1]],
    ["base64=1&encoding=proto&message=AQ==", "proto", [1]],
    ["base64=1&encoding=proto&message=AQ%3D%3D", "proto", [1]],
    ["base64=1&encoding=proto&message=", "proto", []],
    ["message=e30&x=y&encoding=json&base64=1", "json", [0x7b, 0x7d]],
  ])("with %s has its message", (query, codec, payload) => {
    const exchange = get(query);
    expect(exchange?.error).toBeUndefined();
    expect(exchange?.codec.name).toBe(codec);
    expect([...(exchange?.getPayload ?? [999])]).toEqual(payload);
    expect(exchange?.enveloped).toBe(false);
    expect(exchange?.requestCompressed).toBe(false);
  });

  it("has compression and timeout", () => {
    const exchange = get("compression=br&base64=1&encoding=json&message=AQ", {
      "accept-encoding": "gzip",
      "connect-timeout-ms": "7",
    });
    expect(exchange?.error).toBeUndefined();
    expect(exchange?.requestCompression).toBe(br);
    expect(exchange?.requestCompressed).toBe(true);
    expect(exchange?.responseCompression).toBe(gzip);
    expect(exchange?.timeoutMs).toBe(7);
    expect(get("compression=identity&encoding=json&message=")?.requestCompressed).toBe(false);
  });

  it.each([
    ["message=x", {}, "[invalid_argument] the query parameter encoding is missing"],
    ["encoding=json", {}, "[invalid_argument] the query parameter message is missing"],
    ["", {}, "[invalid_argument] the query parameter encoding is missing"],
    ["base64=1&encoding=json&message=!", {}, "[invalid_argument] the query parameter message is not base64"],
    ["connect=v2&encoding=json&message=", {}, '[invalid_argument] the query parameter connect is "v2": set it to "v1"'],
    ["connect=1&encoding=json&message=", {}, '[invalid_argument] the query parameter connect is "1": set it to "v1"'],
    [
      "compression=foo&encoding=json&message=",
      {},
      '[unimplemented] unknown compression "foo": supported are identity,gzip,br',
    ],
    [
      "encoding=json&message=",
      { "connect-timeout-ms": "x" },
      '[invalid_argument] the header Connect-Timeout-Ms has the value "x", expected 1 to 10 digits',
    ],
  ] as [string, { [name: string]: string }, string][])("with %j and %j is refused", (query, headers, message) => {
    const exchange = get(query, headers);
    expect(exchange?.error?.message).toBe(message);
    expect(exchange?.respond(undefined, false, exchange.error, none, none).status).toBeGreaterThanOrEqual(400);
  });

  it("needs the protocol's version where that is configured", () => {
    const strict = { requireConnectProtocolHeader: true };
    expect(get("encoding=json&message=", {}, {}, strict)?.error?.message).toBe(
      '[invalid_argument] the query parameter connect is missing: set it to "v1"',
    );
    expect(get("connect=v1&encoding=json&message=", {}, {}, strict)?.error).toBeUndefined();
  });

  it("of an unknown codec, or of an RPC that has side effects, is nobody's", () => {
    expect(get("encoding=xml&message=")).toBeUndefined();
    expect(get("encoding=json&message=", {}, { spec: spec("unary") })).toBeUndefined();
  });

  it("never makes accept throw", () => {
    const unit = fc.constantFrom("connect", "base64", "1", "encoding", "json", "message", "&", "=", "%", "+", "é");
    fc.assert(
      fc.property(fc.string({ unit }), (query) => {
        const exchange = get(query);
        expect(exchange === undefined || exchange.getPayload !== undefined).toBe(true);
      }),
    );
  });

  it("carries any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (payload) => {
        const plain = [...payload].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
        expect(get(`encoding=proto&message=${plain}`)?.getPayload).toEqual(payload);
        expect(get(`base64=1&encoding=proto&message=${bytesToBase64Url(payload)}`)?.getPayload).toEqual(payload);
      }),
    );
  });
});

describe("the response to a GET", () => {
  const open = (): HandlerExchange => get("encoding=json&message=") as HandlerExchange;

  it("varies with the accepted encoding", () => {
    const response = open().respond(bytes("{}"), false, undefined, new HeaderMap({ vary: "Origin" }), none);
    expect(pairs(response.headers)).toEqual([
      ["content-type", "application/json"],
      ["accept-encoding", "gzip,br"],
      ["vary", "Accept-Encoding"],
      ["x-content-type-options", "nosniff"],
      ["vary", "Origin"],
    ]);
    expect(open().respond(undefined, false, new ConnectError("aborted"), none, none).headers.get("vary")).toBe(
      "Accept-Encoding",
    );
  });

  it("is a 304 without a body when nothing changed", () => {
    const response = open().respond(undefined, false, notModifiedError({ etag: '"1"' }), none, none);
    expect([response.status, response.body]).toEqual([304, undefined]);
    expect(response.headers.get("etag")).toBe('"1"');
    expect(response.headers.has("content-type")).toBe(false);
  });

  it("is an error like another", () => {
    const response = open().respond(undefined, false, new ConnectError("unknown", "not modified"), none, none);
    expect(response.status).toBe(500);
    expect(text(response.body)).toBe('{"code":"unknown","message":"not modified"}');
  });
});
