import { describe, expect, it } from "@jest/globals";
import { ConnectError } from "../../error/connect-error.js";
import { HeaderMap } from "../../http/header-map.js";
import { acceptPost, bytes, pairs, text } from "../../testing/protocol-fixtures.js";
import type { HandlerExchange, HandlerSetup } from "../protocol.js";
import { connectHandlerProtocol } from "./handler.js";
import { notModifiedError } from "./not-modified.js";

const none = new HeaderMap();

function open(headers: { [name: string]: string } = {}, setup?: Partial<HandlerSetup>): HandlerExchange {
  return acceptPost(
    connectHandlerProtocol(),
    "unary",
    { "content-type": "application/proto", ...headers },
    setup,
  ) as HandlerExchange;
}

describe("a unary response", () => {
  it("is the message, and says what requests may be compressed with", () => {
    const body = bytes("m");
    const response = open().respond(body, false, undefined, none, none);
    expect([response.status, response.trailers]).toEqual([200, undefined]);
    expect(response.body).toBe(body);
    expect(pairs(response.headers)).toEqual([
      ["content-type", "application/proto"],
      ["accept-encoding", "gzip,br"],
    ]);
  });

  it("in JSON has JSON's content type, without parameters", () => {
    const exchange = open({ "content-type": "application/json; charset=utf-8" }, { compressions: [] });
    expect(pairs(exchange.respond(bytes("{}"), false, undefined, none, none).headers)).toEqual([
      ["content-type", "application/json"],
    ]);
  });

  it("says how it is compressed when it is", () => {
    const exchange = open({ "accept-encoding": "br" });
    expect(exchange.respond(bytes("m"), true, undefined, none, none).headers.get("content-encoding")).toBe("br");
    expect(exchange.respond(bytes("m"), false, undefined, none, none).headers.has("content-encoding")).toBe(false);
  });

  it("has headers, and trailers by their prefix, but no reserved ones", () => {
    const headers = new HeaderMap([
      ["x", "1"],
      ["content-type", "text/html"],
      ["connection", "close"],
      ["x", "2"],
    ]);
    const trailers = new HeaderMap([
      ["t", "3"],
      ["content-length", "9"],
      ["t", "4"],
    ]);
    const response = open({}, { compressions: [] }).respond(bytes("m"), false, undefined, headers, trailers);
    expect(pairs(response.headers)).toEqual([
      ["content-type", "application/proto"],
      ["x", "1"],
      ["x", "2"],
      ["trailer-t", "3"],
      ["trailer-t", "4"],
    ]);
  });
});

describe("a unary head sent before its message", () => {
  it("is that of a success, and nothing ends it but the body", () => {
    const head = open({}, { compressions: [] }).responseHead(new HeaderMap({ x: "1", te: "y" }));
    expect(head.status).toBe(200);
    expect(pairs(head.headers)).toEqual([
      ["content-type", "application/proto"],
      ["x", "1"],
    ]);
    expect(open().responseEnd(undefined, new HeaderMap({ t: "1" }))).toEqual({ body: undefined, trailers: undefined });
  });
});

describe("a unary error", () => {
  it("is JSON whatever the codec, with its status, headers, metadata and trailers", () => {
    const error = new ConnectError("not_found", "m", { metadata: { e: "1", "content-type": "x" } });
    const response = open().respond(
      undefined,
      false,
      error,
      new HeaderMap({ h: "2", "content-encoding": "gzip" }),
      new HeaderMap({ t: "3" }),
    );
    expect([response.status, response.trailers]).toEqual([404, undefined]);
    expect(text(response.body)).toBe('{"code":"not_found","message":"m"}');
    expect(pairs(response.headers)).toEqual([
      ["content-type", "application/json"],
      ["accept-encoding", "gzip,br"],
      ["h", "2"],
      ["e", "1"],
      ["trailer-t", "3"],
    ]);
  });

  it("of an unknown compression comes with those that are known", () => {
    const exchange = open({ "content-encoding": "foo" });
    const response = exchange.respond(undefined, false, exchange.error, none, none);
    expect([response.status, response.headers.get("accept-encoding")]).toEqual([501, "gzip,br"]);
  });

  it("is no 304 for a POST", () => {
    const response = open().respond(undefined, false, notModifiedError(), none, none);
    expect(response.status).toBe(500);
    expect(text(response.body)).toBe('{"code":"unknown","message":"not modified"}');
  });
});
