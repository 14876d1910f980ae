import { describe, expect, it } from "@jest/globals";
import { ConnectError } from "../../error/connect-error.js";
import { HeaderMap } from "../../http/header-map.js";
import { acceptPost, br, bytes, gzip, json, pairs, proto, spec } from "../../testing/protocol-fixtures.js";
import type { HandlerExchange } from "../protocol.js";
import { grpcHandlerProtocol } from "./handler.js";

const protocol = grpcHandlerProtocol();

const type = { "content-type": "application/grpc" };
const none = new HeaderMap();

function open(headers: { [name: string]: string } = {}): HandlerExchange {
  return acceptPost(protocol, "unary", { ...type, ...headers }, { compressions: [] }) as HandlerExchange;
}

describe("grpcHandlerProtocol()", () => {
  it("names its content types, and allows no GET", () => {
    expect(protocol.contentTypes("unary", [proto, json])).toEqual([
      "application/grpc",
      "application/grpc+proto",
      "application/grpc+json",
    ]);
    expect(protocol.allowsGet(spec("unary", "no_side_effects"))).toBe(false);
  });

  it.each([
    ["application/grpc", "proto"],
    ["application/grpc+proto", "proto"],
    ["application/grpc+json", "json"],
    ["application/grpc+xml", undefined],
    ["application/grpc-web", undefined],
    ["application/grpcx", undefined],
    ["application/proto", undefined],
    ["image/jpeg", undefined],
  ])("takes %s as %s, and answers with the same", (contentType, codec) => {
    const exchange = acceptPost(protocol, "unary", { "content-type": contentType });
    expect(exchange?.codec.name).toBe(codec);
    expect(exchange?.responseHead(none).headers.get("content-type")).toBe(codec && contentType);
  });

  it("takes POST only", () => {
    const setup = {
      spec: spec("unary", "no_side_effects"),
      codecs: [proto],
      compressions: [],
    };
    const headers = new HeaderMap(type);
    expect(protocol.accept({ method: "GET", query: "", headers }, setup)).toBeUndefined();
    expect(protocol.accept({ method: "POST", query: "", headers }, setup)).toBeDefined();
  });

  it("reads compressions and timeout", () => {
    const exchange = acceptPost(protocol, "unary", {
      ...type,
      "grpc-encoding": "br",
      "grpc-accept-encoding": "gzip",
      "grpc-timeout": "5S",
      "accept-encoding": "identity",
      "content-encoding": "foo",
    });
    expect(exchange?.error).toBeUndefined();
    expect(exchange?.requestCompression).toBe(br);
    expect(exchange?.responseCompression).toBe(gzip);
    expect(exchange?.timeoutMs).toBe(5000);
    expect([exchange?.enveloped, exchange?.requestCompressed]).toEqual([true, false]);
  });

  it.each([
    [{ "grpc-encoding": "foo" }, '[unimplemented] unknown compression "foo": supported are identity,gzip,br'],
    [
      { "grpc-timeout": "5s" },
      '[invalid_argument] the header Grpc-Timeout has the value "5s", expected 1 to 8 digits and one of HMSmun',
    ],
  ] as [{ [name: string]: string }, string][])("refuses %j", (headers, message) => {
    const exchange = acceptPost(protocol, "unary", { ...type, ...headers });
    expect(exchange?.error?.message).toBe(message);
    const response = exchange?.respond(undefined, false, exchange.error, none, none);
    expect(response?.headers.get("grpc-accept-encoding")).toBe("gzip,br");
  });
});

describe("a gRPC response", () => {
  it("begins with its head", () => {
    const exchange = acceptPost(protocol, "unary", { ...type, "grpc-accept-encoding": "br" });
    const head = exchange?.responseHead(new HeaderMap({ x: "1", "grpc-encoding": "zstd", "grpc-status": "5" }));
    expect(head?.status).toBe(200);
    expect(pairs(head?.headers)).toEqual([
      ["content-type", "application/grpc"],
      ["grpc-encoding", "br"],
      ["grpc-accept-encoding", "gzip,br"],
      ["x", "1"],
    ]);
  });

  it("ends with trailers", () => {
    const end = open().responseEnd(new ConnectError("aborted", "m"), new HeaderMap({ t: "1" }));
    expect(end.body).toBeUndefined();
    expect(pairs(end.trailers)).toEqual([
      ["grpc-status", "10"],
      ["grpc-message", "m"],
      ["t", "1"],
    ]);
  });

  it("may be whole", () => {
    const body = bytes("\0\0\0\0\u0001m");
    const response = open().respond(body, false, undefined, new HeaderMap({ h: "1" }), new HeaderMap({ t: "2" }));
    expect(response.status).toBe(200);
    expect(response.body).toBe(body);
    expect(pairs(response.headers)).toEqual([
      ["content-type", "application/grpc"],
      ["h", "1"],
    ]);
    expect(pairs(response.trailers)).toEqual([
      ["grpc-status", "0"],
      ["t", "2"],
    ]);
  });

  it("with nothing but an error is one head", () => {
    const error = new ConnectError("aborted", "m", { metadata: { e: "1" } });
    const response = open().respond(undefined, false, error, none, new HeaderMap({ t: "2" }));
    expect([response.body, response.trailers]).toEqual([undefined, undefined]);
    expect(pairs(response.headers)).toEqual([
      ["content-type", "application/grpc"],
      ["grpc-status", "10"],
      ["grpc-message", "m"],
      ["t", "2"],
      ["e", "1"],
    ]);
  });

  it("with headers of the handler's and an error keeps them apart from the trailers", () => {
    const response = open().respond(undefined, false, new ConnectError("aborted"), new HeaderMap({ h: "1" }), none);
    expect(pairs(response.headers)).toEqual([
      ["content-type", "application/grpc"],
      ["h", "1"],
    ]);
    expect(pairs(response.trailers)).toEqual([["grpc-status", "10"]]);
  });

  it("without messages has its status in trailers", () => {
    const response = open().respond(undefined, false, undefined, none, none);
    expect(response.headers.has("grpc-status")).toBe(false);
    expect(pairs(response.trailers)).toEqual([["grpc-status", "0"]]);
  });
});
