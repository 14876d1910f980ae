import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../../http/header-map.js";
import { acceptPost, br, gzip, json, proto, spec } from "../../testing/protocol-fixtures.js";
import { connectHandlerProtocol } from "./handler.js";

const protocol = connectHandlerProtocol();

describe("connectHandlerProtocol()", () => {
  it("names the content types of a kind", () => {
    expect(protocol.contentTypes("unary", [proto, json])).toEqual(["application/proto", "application/json"]);
    for (const kind of ["client_streaming", "server_streaming", "bidi_streaming"] as const) {
      expect(protocol.contentTypes(kind, [proto])).toEqual(["application/connect+proto"]);
    }
  });

  it("allows GET for unary RPCs without side effects", () => {
    expect(protocol.allowsGet(spec("unary", "no_side_effects"))).toBe(true);
    expect(protocol.allowsGet(spec("unary", "idempotent"))).toBe(false);
    expect(protocol.allowsGet(spec("unary"))).toBe(false);
    expect(protocol.allowsGet(spec("server_streaming", "no_side_effects"))).toBe(false);
  });

  it.each([
    ["unary", "application/proto", "proto"],
    ["unary", "application/json", "json"],
    ["unary", "application/JSON; charset=utf-8", "json"],
    ["bidi_streaming", "application/connect+proto", "proto"],
    ["client_streaming", "application/connect+json", "json"],
    ["unary", "application/connect+proto", undefined],
    ["bidi_streaming", "application/proto", undefined],
    ["unary", "application/xml", undefined],
    ["unary", "application/grpc", undefined],
    ["unary", "image/jpeg", undefined],
    ["unary", "text/plain", undefined],
  ] as const)("takes a %s request with %s as %s", (kind, contentType, codec) => {
    const exchange = acceptPost(protocol, kind, { "content-type": contentType });
    expect(exchange?.codec.name).toBe(codec);
    if (exchange !== undefined) expect(exchange.enveloped).toBe(kind !== "unary");
  });

  it("takes no other method, and no request without a content type or with two", () => {
    const setup = { spec: spec("unary"), codecs: [proto], compressions: [] };
    const headers = new HeaderMap({ "content-type": "application/proto" });
    expect(protocol.accept({ method: "POST", query: "", headers }, setup)).toBeDefined();
    for (const method of ["GET", "DELETE", "PUT", "post"]) {
      expect(protocol.accept({ method, query: "encoding=proto&message=", headers }, setup)).toBeUndefined();
    }
    expect(protocol.accept({ method: "POST", query: "", headers: new HeaderMap() }, setup)).toBeUndefined();
    headers.append("content-type", "application/proto");
    expect(protocol.accept({ method: "POST", query: "", headers }, setup)).toBeUndefined();
  });
});

describe("a request's head", () => {
  const unary = { "content-type": "application/proto" };
  const stream = { "content-type": "application/connect+proto" };

  it("says how the body and the response are compressed", () => {
    const exchange = acceptPost(protocol, "unary", {
      ...unary,
      "content-encoding": "br",
      "accept-encoding": "gzip",
      "connect-content-encoding": "foo",
    });
    expect(exchange?.error).toBeUndefined();
    expect(exchange?.requestCompression).toBe(br);
    expect(exchange?.requestCompressed).toBe(true);
    expect(exchange?.responseCompression).toBe(gzip);
  });

  it("says how the messages of a stream are compressed", () => {
    const exchange = acceptPost(protocol, "bidi_streaming", {
      ...stream,
      "connect-content-encoding": "br",
      "connect-accept-encoding": "gzip",
      "content-encoding": "foo",
      "accept-encoding": "identity",
    });
    expect(exchange?.error).toBeUndefined();
    expect(exchange?.requestCompression).toBe(br);
    expect(exchange?.requestCompressed).toBe(false);
    expect(exchange?.responseCompression).toBe(gzip);
  });

  it("may say nothing at all", () => {
    const exchange = acceptPost(protocol, "unary", { ...unary, "content-encoding": "identity" });
    expect(exchange?.requestCompression).toBeUndefined();
    expect(exchange?.requestCompressed).toBe(false);
    expect(exchange?.responseCompression).toBeUndefined();
    expect(exchange?.timeoutMs).toBeUndefined();
    expect(exchange?.error).toBeUndefined();
    expect(exchange?.getPayload).toBeUndefined();
  });

  it("says when the deadline is", () => {
    expect(acceptPost(protocol, "unary", { ...unary, "connect-timeout-ms": "1500" })?.timeoutMs).toBe(1500);
    expect(acceptPost(protocol, "bidi_streaming", { ...stream, "connect-timeout-ms": "0" })?.timeoutMs).toBe(0);
  });

  it.each([
    [
      "unary",
      { ...unary, "content-encoding": "foo" },
      '[unimplemented] unknown compression "foo": supported are identity,gzip,br',
    ],
    [
      "bidi_streaming",
      { ...stream, "connect-content-encoding": "foo" },
      '[unimplemented] unknown compression "foo": supported are identity,gzip,br',
    ],
    [
      "unary",
      { ...unary, "connect-timeout-ms": "1s" },
      '[invalid_argument] the header Connect-Timeout-Ms has the value "1s", expected 1 to 10 digits',
    ],
    [
      "bidi_streaming",
      { ...stream, "connect-timeout-ms": "12345678901" },
      '[invalid_argument] the header Connect-Timeout-Ms has the value "12345678901", expected 1 to 10 digits',
    ],
    [
      "unary",
      { ...unary, "connect-protocol-version": "2" },
      '[invalid_argument] the header Connect-Protocol-Version has the value "2", expected "1"',
    ],
    [
      "bidi_streaming",
      { ...stream, "connect-protocol-version": "" },
      '[invalid_argument] the header Connect-Protocol-Version has the value "", expected "1"',
    ],
  ] as const)("of a %s request with %j is refused", (kind, headers, message) => {
    const exchange = acceptPost(protocol, kind, headers);
    expect(exchange?.error?.message).toBe(message);
    expect(exchange?.error?.isRemote).toBe(false);
  });

  it("needs the protocol's version where that is configured, in unary requests", () => {
    const strict = connectHandlerProtocol({ requireConnectProtocolHeader: true });
    expect(acceptPost(strict, "unary", unary)?.error?.message).toBe(
      '[invalid_argument] the header Connect-Protocol-Version is missing: set it to "1"',
    );
    expect(acceptPost(strict, "unary", { ...unary, "connect-protocol-version": "1" })?.error).toBeUndefined();
    expect(acceptPost(strict, "bidi_streaming", stream)?.error).toBeUndefined();
  });
});
