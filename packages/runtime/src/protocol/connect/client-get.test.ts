import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../../http/header-map.js";
import { bytes, gzip, json, openClient, pairs, spec } from "../../testing/protocol-fixtures.js";
import type { ClientExchange, ClientSetup } from "../protocol.js";
import { type ConnectOptions, connect } from "./client.js";
import { isNotModified } from "./not-modified.js";

const pure = spec("unary", "no_side_effects");

function open(useHttpGet: ConnectOptions["useHttpGet"], setup?: Partial<ClientSetup>): ClientExchange {
  return openClient(connect({ useHttpGet }), "unary", { spec: pure, ...setup });
}

describe("a GET", () => {
  it("is there for unary RPCs without side effects only, when it is asked for", () => {
    const hasGet = (exchange: ClientExchange): boolean => "getHead" in exchange;
    expect(hasGet(open(true))).toBe(true);
    expect(hasGet(open({}))).toBe(true);
    expect(hasGet(open(false))).toBe(false);
    expect(hasGet(open(undefined))).toBe(false);
    expect(hasGet(open(true, { spec: spec("unary", "idempotent") }))).toBe(false);
    expect(hasGet(open(true, { spec: spec("unary") }))).toBe(false);
    expect(hasGet(open(true, { spec: spec("server_streaming", "no_side_effects") }))).toBe(false);
  });

  it.each([
    ["proto", {}, [0xfb, 0xff, 1], false, "?connect=v1&base64=1&encoding=proto&message=-_8B"],
    ["an empty proto", {}, [], false, "?connect=v1&base64=1&encoding=proto&message="],
    [
      "json",
      { codec: json },
      [...bytes('{"a":"☺ +&="}')],
      false,
      "?connect=v1&encoding=json&message=%7B%22a%22%3A%22%E2%98%BA%20%2B%26%3D%22%7D",
    ],
    ["an empty json", { codec: json }, [], false, "?connect=v1&encoding=json&message="],
    [
      "compressed proto",
      { sendCompression: gzip },
      [1],
      true,
      "?connect=v1&base64=1&compression=gzip&encoding=proto&message=AQ",
    ],
    [
      "compressed json",
      { codec: json, sendCompression: gzip },
      [1],
      true,
      "?connect=v1&base64=1&compression=gzip&encoding=json&message=AQ",
    ],
    [
      "proto that could be compressed",
      { sendCompression: gzip },
      [1],
      false,
      "?connect=v1&base64=1&encoding=proto&message=AQ",
    ],
  ])("has the query in its fixed order: %s", (_name, setup, payload, compressed, query) => {
    const head = open(true, setup).getHead?.(Uint8Array.from(payload), compressed);
    expect([head?.method, head?.path]).toEqual(["GET", `/t.Service/Do${query}`]);
  });

  it("has no header that speaks of a body, and the timeout in a header", () => {
    const setup = {
      timeoutMs: 5,
      sendCompression: gzip,
      acceptCompression: [gzip],
      headers: new HeaderMap({ x: "1" }),
    };
    expect(pairs(open(true, setup).getHead?.(bytes(""), false)?.headers)).toEqual([
      ["accept-encoding", "gzip"],
      ["connect-timeout-ms", "5"],
      ["user-agent", "connect-ts/0.1.0"],
      ["x", "1"],
    ]);
  });

  const query = "/t.Service/Do?connect=v1&base64=1&encoding=proto&message=AQID";

  it("has a limit, inclusive", () => {
    expect(open({ maxUrlBytes: query.length }).getHead?.(Uint8Array.of(1, 2, 3), false)?.path).toBe(query);
    expect(open({ maxUrlBytes: query.length - 1 }).getHead?.(Uint8Array.of(1, 2, 3), false)).toBeUndefined();
    expect(open(true).getHead?.(new Uint8Array(6100), false)?.path.length).toBeLessThanOrEqual(8192);
    expect(open(true).getHead?.(new Uint8Array(6200), false)).toBeUndefined();
  });

  it("fails above the limit where there is no falling back", () => {
    const strict = { maxUrlBytes: query.length - 1, fallbackToPost: false };
    expect(() => open(strict).getHead?.(Uint8Array.of(1, 2, 3), false)).toThrow(
      `[resource_exhausted] the URL of a GET would have at least ${query.length} bytes, more than the limit of ${query.length - 1} bytes (maxUrlBytes)`,
    );
    expect(() => open(strict).getHead?.(new Uint8Array(1e6), true)).toThrow("resource_exhausted");
  });

  it("that is answered with 304 fails in a way that can be told", () => {
    const exchange = open(true);
    exchange.getHead?.(bytes(""), false);
    const body = exchange.responseHead(304, new HeaderMap({ etag: '"1"', "trailer-t": "2" }));
    expect(body.type).toBe("error");
    const { error, trailers } = exchange.end(undefined, bytes(""), 0);
    expect(isNotModified(error)).toBe(true);
    expect(error?.isRemote).toBe(true);
    expect(pairs(error?.metadata)).toEqual([
      ["etag", '"1"'],
      ["t", "2"],
    ]);
    expect(pairs(trailers)).toEqual([["t", "2"]]);
  });

  it("that went as POST knows no 304", () => {
    const exchange = open(true);
    exchange.requestHead(false);
    const body = exchange.responseHead(304, new HeaderMap());
    expect(body.type === "failed" && isNotModified(body.error)).toBe(false);
    expect(body.type).toBe("failed");
  });
});
