import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../../http/header-map.js";
import { br, gzip, json, openClient, pairs } from "../../testing/protocol-fixtures.js";
import { connect } from "./client.js";

const kinds = ["unary", "client_streaming", "server_streaming", "bidi_streaming"] as const;

describe("connect", () => {
  it("needs no trailers", () => {
    expect([connect().name, connect().needsTrailers]).toEqual(["connect", false]);
  });

  it("puts all but unary messages into envelopes", () => {
    expect(kinds.map((kind) => openClient(connect(), kind).enveloped !== false)).toEqual([false, true, true, true]);
  });
});

describe("a unary request", () => {
  it("has the least of headers", () => {
    const head = openClient(connect(), "unary").requestHead(false);
    expect([head.method, head.path]).toEqual(["POST", "/t.Service/Do"]);
    expect(pairs(head.headers)).toEqual([
      ["content-type", "application/proto"],
      ["connect-protocol-version", "1"],
      ["accept-encoding", "identity"],
      ["user-agent", "connect-ts/0.1.0"],
    ]);
  });

  it("says how it is compressed only when it is", () => {
    const setup = { codec: json, sendCompression: gzip, acceptCompression: [br, gzip], timeoutMs: 1.5 };
    expect(pairs(openClient(connect(), "unary", setup).requestHead(true).headers)).toEqual([
      ["content-type", "application/json"],
      ["connect-protocol-version", "1"],
      ["content-encoding", "gzip"],
      ["accept-encoding", "br,gzip"],
      ["connect-timeout-ms", "2"],
      ["user-agent", "connect-ts/0.1.0"],
    ]);
    expect(openClient(connect(), "unary", setup).requestHead(false).headers.has("content-encoding")).toBe(false);
  });

  it("has no timeout that cannot be said", () => {
    const { headers } = openClient(connect(), "unary", { timeoutMs: 1e10 }).requestHead(false);
    expect(headers.has("connect-timeout-ms")).toBe(false);
  });
});

describe("a streaming request", () => {
  it("has the least of headers, and keeps HTTP from compressing", () => {
    const head = openClient(connect(), "bidi_streaming").requestHead(false);
    expect([head.method, head.path]).toEqual(["POST", "/t.Service/Do"]);
    expect(pairs(head.headers)).toEqual([
      ["content-type", "application/connect+proto"],
      ["connect-protocol-version", "1"],
      ["accept-encoding", "identity"],
      ["user-agent", "connect-ts/0.1.0"],
    ]);
  });

  it("says what messages may be compressed with", () => {
    const setup = { codec: json, sendCompression: gzip, acceptCompression: [br, gzip], timeoutMs: 250 };
    expect(pairs(openClient(connect(), "server_streaming", setup).requestHead(false).headers)).toEqual([
      ["content-type", "application/connect+json"],
      ["connect-protocol-version", "1"],
      ["accept-encoding", "identity"],
      ["connect-content-encoding", "gzip"],
      ["connect-accept-encoding", "br,gzip"],
      ["connect-timeout-ms", "250"],
      ["user-agent", "connect-ts/0.1.0"],
    ]);
  });
});

describe("the caller's headers", () => {
  const headers = new HeaderMap([
    ["X-Dup", "1"],
    ["User-Agent", "mine"],
    ["content-type", "text/html"],
    ["connection", "close"],
    ["connect-protocol-version", "9"],
    ["accept-encoding", "x"],
    ["x-dup", "2"],
  ]);

  it.each(["unary", "bidi_streaming"] as const)("go with a %s request, but for the reserved ones", (kind) => {
    const before = pairs(headers);
    const sent = openClient(connect(), kind, { headers }).requestHead(false).headers;
    expect(pairs(sent).slice(-3)).toEqual([
      ["x-dup", "1"],
      ["user-agent", "mine"],
      ["x-dup", "2"],
    ]);
    expect(sent.getAll("user-agent")).toEqual(["mine"]);
    expect(sent.getAll("content-type")).toHaveLength(1);
    expect(sent.getAll("connect-protocol-version")).toEqual(["1"]);
    expect(sent.getAll("accept-encoding")).toEqual(["identity"]);
    expect(sent.has("connection")).toBe(false);
    expect(pairs(headers)).toEqual(before);
  });
});
