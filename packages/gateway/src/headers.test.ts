import { HeaderMap } from "@connect-ts/runtime";
import { expect, it } from "@jest/globals";
import { cameBy, passResponse, requestHeaders } from "./headers.js";

it("what holds for one hop, or is a protocol's, is not passed on; the caller's address and the gateway's name are added", () => {
  const from = new HeaderMap([
    ["authorization", "token"],
    ["cookie", "a=1"],
    ["connection", "X-Hop, close"],
    ["x-hop", "1"],
    ["te", "trailers"],
    ["proxy-authorization", "secret"],
    ["content-type", "application/json"],
    ["grpc-timeout", "1S"],
    ["connect-timeout-ms", "1"],
    ["grpc-trace-bin", "AA"],
    ["via", "1.1 first"],
    ["x-forwarded-for", "10.0.0.1"],
  ]);
  expect(Object.fromEntries(requestHeaders(from, "10.0.0.2", "1.1 me"))).toEqual({
    authorization: "token",
    cookie: "a=1",
    "grpc-trace-bin": "AA",
    via: "1.1 first, 1.1 me",
    "x-forwarded-for": "10.0.0.1, 10.0.0.2",
  });
});

it("a response's headers are passed on, but for those of its server and of other origins", () => {
  const to = new HeaderMap();
  const from = new HeaderMap([
    ["etag", '"1"'],
    ["set-cookie", "a=1"],
    ["set-cookie", "b=2"],
    ["server", "envoy"],
    ["date", "today"],
    ["alt-svc", "h3"],
    ["access-control-allow-origin", "*"],
    ["grpc-status", "0"],
    ["grpc-retry-pushback-ms", "5"],
  ]);
  passResponse(from, to);
  expect([...to]).toEqual([
    ["etag", '"1"'],
    ["grpc-retry-pushback-ms", "5"],
    ["set-cookie", "a=1"],
    ["set-cookie", "b=2"],
  ]);
});

it("a proxy is known by its whole name in Via", () => {
  expect(cameBy(new HeaderMap([["via", "1.1 other, 1.1 me"]]), "1.1 me")).toBe(true);
  expect(cameBy(new HeaderMap([["via", "1.1 me-too"]]), "1.1 me")).toBe(false);
});
