import { describe, expect, it } from "@jest/globals";
import { ConnectError } from "../../error/connect-error.js";
import { HeaderMap } from "../../http/header-map.js";
import { acceptPost, bytes, pairs, text } from "../../testing/protocol-fixtures.js";
import type { HandlerExchange } from "../protocol.js";
import { connectHandlerProtocol } from "./handler.js";

const none = new HeaderMap();

function open(headers: { [name: string]: string } = {}): HandlerExchange {
  const type = { "content-type": "application/connect+json" };
  return acceptPost(connectHandlerProtocol(), "server_streaming", { ...type, ...headers }) as HandlerExchange;
}

describe("a streaming response", () => {
  it("begins with its head", () => {
    const head = open({ "connect-accept-encoding": "br" }).responseHead(
      new HeaderMap({ x: "1", "connect-content-encoding": "zstd", "content-length": "3" }),
    );
    expect(head.status).toBe(200);
    expect(pairs(head.headers)).toEqual([
      ["content-type", "application/connect+json"],
      ["connect-content-encoding", "br"],
      ["connect-accept-encoding", "gzip,br"],
      ["x", "1"],
    ]);
    expect(open().responseHead(none).headers.has("connect-content-encoding")).toBe(false);
  });

  it("ends with an envelope", () => {
    const end = open().responseEnd(undefined, new HeaderMap({ t: "1" }));
    expect(end.trailers).toBeUndefined();
    expect([...(end.body as Uint8Array).subarray(0, 5)]).toEqual([2, 0, 0, 0, 24]);
    expect(text(end.body?.subarray(5))).toBe('{"metadata":{"t":["1"]}}');
  });

  it("is a success to HTTP when it fails", () => {
    const response = open().respond(
      undefined,
      false,
      new ConnectError("aborted", "m"),
      none,
      new HeaderMap({ t: "1" }),
    );
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/connect+json"]);
    expect(response.trailers).toBeUndefined();
    expect(text(response.body?.subarray(5))).toBe('{"error":{"code":"aborted","message":"m"},"metadata":{"t":["1"]}}');
  });

  it("may be whole: a message and the end", () => {
    const response = open().respond(bytes("\0\0\0\0\u0001m"), false, undefined, none, none);
    expect(text(response.body)).toBe("\0\0\0\0\u0001m\u0002\0\0\0\u0002{}");
  });
});
