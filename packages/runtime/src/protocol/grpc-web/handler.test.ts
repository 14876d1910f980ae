import { describe, expect, it } from "@jest/globals";
import { ConnectError } from "../../error/connect-error.js";
import { HeaderMap } from "../../http/header-map.js";
import { acceptPost, bytes, json, pairs, proto, spec, text } from "../../testing/protocol-fixtures.js";
import type { HandlerExchange } from "../protocol.js";
import { grpcWebHandlerProtocol } from "./handler.js";

const protocol = grpcWebHandlerProtocol();

const none = new HeaderMap();

function open(contentType = "application/grpc-web+proto"): HandlerExchange {
  return acceptPost(protocol, "unary", { "content-type": contentType }, { compressions: [] }) as HandlerExchange;
}

describe("grpcWebHandlerProtocol()", () => {
  it("names its content types, and allows no GET", () => {
    expect(protocol.contentTypes("unary", [proto, json])).toEqual([
      "application/grpc-web",
      "application/grpc-web+proto",
      "application/grpc-web+json",
      "application/grpc-web-text",
      "application/grpc-web-text+proto",
      "application/grpc-web-text+json",
    ]);
    expect(protocol.allowsGet(spec("unary", "no_side_effects"))).toBe(false);
  });

  it.each([
    ["application/grpc-web", "proto", false],
    ["application/grpc-web+proto", "proto", false],
    ["application/grpc-web+json", "json", false],
    ["application/grpc-web-text", "proto", true],
    ["application/grpc-web-text+proto", "proto", true],
    ["application/grpc", undefined, false],
    ["application/grpc-web+xml", undefined, false],
    ["application/grpc-web-txt", undefined, false],
  ])("takes %s as %s, and answers with the same", (contentType, codec, isText) => {
    const exchange = acceptPost(protocol, "unary", { "content-type": contentType });
    expect(exchange?.codec.name).toBe(codec);
    expect(exchange?.transcoder !== undefined).toBe(isText);
    expect(exchange?.responseHead(none).headers.get("content-type")).toBe(codec && contentType);
    expect(exchange?.protocol).toBe(codec && "grpc-web");
  });

  it("refuses what gRPC refuses", () => {
    const headers = { "content-type": "application/grpc-web", "grpc-timeout": "x" };
    expect(acceptPost(protocol, "unary", headers)?.error?.code).toBe("invalid_argument");
  });

  it("takes POST only", () => {
    const setup = { spec: spec("unary"), codecs: [proto], compressions: [] };
    const headers = new HeaderMap({ "content-type": "application/grpc-web" });
    expect(protocol.accept({ method: "OPTIONS", query: "", headers }, setup)).toBeUndefined();
  });
});

describe("a gRPC-Web response", () => {
  it("ends with an envelope, and has no HTTP trailers", () => {
    const end = open().responseEnd(new ConnectError("aborted", "m%"), new HeaderMap({ T: "1" }));
    expect(end.trailers).toBeUndefined();
    expect(end.body?.[0]).toBe(0x80);
    expect(text(end.body?.subarray(5))).toBe("grpc-status: 10\r\ngrpc-message: m%25\r\nt: 1\r\n");
  });

  it("may be whole: a message and the end", () => {
    const response = open().respond(bytes("\0\0\0\0\u0001m"), false, undefined, new HeaderMap({ h: "1" }), none);
    expect([response.status, response.trailers]).toEqual([200, undefined]);
    expect(pairs(response.headers)).toEqual([
      ["content-type", "application/grpc-web+proto"],
      ["h", "1"],
    ]);
    expect([...(response.body as Uint8Array).subarray(0, 11)]).toEqual([0, 0, 0, 0, 1, 0x6d, 0x80, 0, 0, 0, 16]);
    expect(text(response.body?.subarray(11))).toBe("grpc-status: 0\r\n");
  });

  it("with nothing but an error is one head", () => {
    const response = open().respond(
      undefined,
      false,
      new ConnectError("aborted", "m"),
      none,
      new HeaderMap({ t: "1" }),
    );
    expect([response.body, response.trailers]).toEqual([undefined, undefined]);
    expect(pairs(response.headers)).toEqual([
      ["content-type", "application/grpc-web+proto"],
      ["grpc-status", "10"],
      ["grpc-message", "m"],
      ["t", "1"],
    ]);
  });

  it("with headers of the handler's and an error has its trailers in the body", () => {
    const response = open().respond(undefined, false, new ConnectError("aborted"), new HeaderMap({ h: "1" }), none);
    expect(response.headers.has("grpc-status")).toBe(false);
    expect(text(response.body?.subarray(5))).toBe("grpc-status: 10\r\n");
  });

  it("in text is encoded by the transcoder, not before", () => {
    const exchange = open("application/grpc-web-text");
    const { body } = exchange.respond(bytes("\0\0\0\0\u0001m"), false, undefined, none, none);
    expect([...(body as Uint8Array).subarray(0, 6)]).toEqual([0, 0, 0, 0, 1, 0x6d]);
    expect(text(exchange.transcoder?.encode(body as Uint8Array))).toMatch(/^AAAAAAFt/);
  });
});
