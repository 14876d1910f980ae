import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../../http/header-map.js";
import { appendUserHeaders, isReserved } from "./header-fields.js";

describe("isReserved", () => {
  it.each([
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    "expect",
    "host",
    "te",
    "trailer",
    "content-type",
    "content-length",
    "content-encoding",
    "accept-encoding",
    "connect-timeout-ms",
    "connect-protocol-version",
    "connect-anything",
    "grpc-status",
    "grpc-message",
    "grpc-status-details-bin",
    "grpc-timeout",
    "grpc-anything",
  ])("reserves %s", (name) => {
    expect(isReserved(name)).toBe(true);
  });

  it.each([
    "authorization",
    "connected",
    "content-language",
    "cookie",
    "grpc",
    "grpc-previous-rpc-attempts",
    "grpc-retry-pushback-ms",
    "grpc-trace-bin",
    "user-agent",
    "x-grpc-web",
    "__proto__",
  ])("leaves %s to the user", (name) => {
    expect(isReserved(name)).toBe(false);
  });
});

describe("appendUserHeaders", () => {
  it("keeps order and repeated values, and leaves reserved names out", () => {
    const list = ["a", "0"];
    const headers = new HeaderMap([
      ["x", "1"],
      ["Grpc-Status", "0"],
      ["y", "2"],
      ["X", "3"],
    ]);
    appendUserHeaders(list, headers);
    expect(list).toEqual(["a", "0", "x", "1", "y", "2", "x", "3"]);
  });

  it("puts a prefix before the names", () => {
    const list: string[] = [];
    appendUserHeaders(list, new HeaderMap({ x: "1", te: "trailers" }), "trailer-");
    expect(list).toEqual(["trailer-x", "1"]);
  });
});
