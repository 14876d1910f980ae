import { describe, expect, it } from "@jest/globals";
import { Hooks } from "../call/hooks.js";
import type { Frame } from "../call/outgoing-message.js";
import { ConnectError } from "../error/connect-error.js";
import { HeaderMap } from "../http/header-map.js";
import type { HttpServerRequest } from "../http/http-server.js";
import { binary } from "../message/binary-codec.js";
import type { HandlerExchange } from "../protocol/protocol.js";
import { FakeStream, reversing, serving } from "../testing/handler-fixtures.js";
import { settled } from "../testing/manual-time.js";
import type { MethodHandler } from "./method-handler.js";
import { ResponseWriter } from "./response-writer.js";

const { spec } = serving("server_streaming", () => []);

/** An exchange that writes its end into the body, as gRPC-Web does. */
const exchange: HandlerExchange = {
  protocol: "grpc-web",
  codec: binary(),
  enveloped: true,
  needsTrailers: false,
  requestCompression: undefined,
  requestCompressed: false,
  responseCompression: reversing,
  timeoutMs: undefined,
  error: undefined,
  getPayload: undefined,
  responseHead: (headers) => ({ status: 200, headers: new HeaderMap(headers) }),
  responseEnd: (error) => ({ body: Uint8Array.from([error === undefined ? 0 : 1]), trailers: undefined }),
  respond: (body, _compressed, error, headers, trailers) => ({
    status: error === undefined ? 200 : 500,
    headers,
    body,
    trailers,
  }),
};

function writer(method: Partial<MethodHandler> = {}, more: Partial<HandlerExchange> = {}, address = "192.0.2.1:1") {
  const stream = new FakeStream();
  const options = {
    spec,
    singleResponse: false,
    compressMinBytes: undefined,
    sendMaxBytes: 100_000,
    sendMaxHeaderBytes: 8192,
    sendMaxHeaderPairs: 100,
    ...method,
  };
  const choice: { compress?: boolean } = {};
  const response = new ResponseWriter(
    options as MethodHandler,
    { address } as HttpServerRequest,
    stream,
    { ...exchange, ...more },
    choice,
  );
  return { response, stream, choice };
}

const text = (size: number) => ({ text: "x".repeat(size) });
const frameOf = (response: ResponseWriter, size: number) => response.encode(text(size)) as Frame;

describe("a writer of responses", () => {
  it("sends the head with the first message, once, and locks the headers", async () => {
    const { response, stream } = writer();
    response.headers.set("a", "1");
    expect(response.send(frameOf(response, 1))).toBeUndefined();
    expect(response.send(frameOf(response, 1))).toBeUndefined();
    await settled();
    expect([stream.log, stream.headers?.get("a")]).toEqual([["head 200", "write"], "1"]);
    expect(() => response.headers.set("b", "2")).toThrow("sent already");
  });

  it("runs hooks for headers once, and all messages wait for them", async () => {
    const { response, stream } = writer();
    let looks = 0;
    response.hooks = new Hooks();
    response.hooks.headers.push(async (headers) => {
      await settled();
      headers.set("looks", `${++looks}`);
    });
    const sent = [response.send(frameOf(response, 1)), response.openHead(), response.send(frameOf(response, 2))];
    expect(stream.log).toEqual([]);
    for (const wait of sent) await wait;
    await settled();
    expect([stream.headers?.get("looks"), stream.texts]).toEqual(["1", ["x", "xx"]]);
  });

  it("sends no head after the end, when hooks took longer than the call", async () => {
    const { response, stream } = writer();
    response.hooks = new Hooks();
    response.hooks.headers.push(settled);
    const sent = response.send(frameOf(response, 1));
    response.end(new ConnectError("canceled"));
    await sent;
    expect(stream.log).toEqual(["head 500", "end"]);
    expect([response.send(frameOf(response, 1)), response.openHead()]).toEqual([undefined, undefined]);
    expect(stream.log).toHaveLength(2);
  });

  it("makes who sends wait while the transport takes no more, and tells them when the call is cut short", async () => {
    const { response, stream } = writer();
    stream.takes = false;
    void response.send(frameOf(response, 20_000));
    const waiting = response.send(frameOf(response, 1)) as Promise<void>;
    expect(waiting).toBeInstanceOf(Promise);
    stream.takes = true;
    response.drained();
    await waiting;
    stream.takes = false;
    const cut = [response.send(frameOf(response, 20_000)), response.send(frameOf(response, 1))];
    response.stop(new ConnectError("canceled", "left"));
    for (const promise of cut) await expect(promise).rejects.toThrow("left");
  });

  it("sends what it holds with the end", async () => {
    const { response, stream } = writer();
    void response.send(frameOf(response, 1));
    response.end(undefined);
    await settled();
    expect([stream.log, stream.bytes]).toEqual([
      ["head 200", "end"],
      [0, 0, 0, 0, 1, 120, 0],
    ]);
  });

  it("sends a head for a stream without messages, and none of its own for an error", () => {
    const good = writer();
    good.response.end(undefined);
    expect([good.stream.log, good.stream.bytes]).toEqual([["head 200", "end"], [0]]);
    const bad = writer();
    bad.response.end(new ConnectError("aborted"));
    expect([bad.stream.log, bad.stream.bytes]).toEqual([["head 500", "end"], []]);
  });

  it("sends the one answer whole, and not with an error", () => {
    for (const [error, bytes] of [
      [undefined, [0, 0, 0, 0, 1, 120]],
      [new ConnectError("aborted"), []],
    ] as const) {
      const { response, stream } = writer({ singleResponse: true });
      response.answer = frameOf(response, 1);
      response.end(error);
      expect(stream.bytes).toEqual(bytes);
    }
  });

  it("passes all bytes through the exchange's text encoding", async () => {
    const transcoder = {
      decode: (bytes: Uint8Array) => bytes,
      decodeEnd: () => undefined,
      encode: (bytes: Uint8Array) => bytes.map((byte) => byte + 1),
    };
    const { response, stream } = writer({}, { transcoder });
    void response.send(frameOf(response, 1));
    await settled();
    response.end(undefined);
    expect(stream.bytes).toEqual([1, 1, 1, 1, 2, 121, 1]);
  });

  it.each([
    ["192.0.2.1:1", true],
    ["[2001:db8::1]:1", true],
    ["", true],
    ["127.0.0.1:1", false],
    ["[::1]:1", false],
    ["unix", false],
    ["in-process", false],
  ])("compresses large messages for clients on other machines: %s", (address, compressed) => {
    const { response } = writer({}, {}, address);
    expect(frameOf(response, 16_384).compressed).toBe(compressed);
    expect(frameOf(response, 16_383).compressed).toBe(false);
  });

  it("compresses as the option says, and as the context says before that", () => {
    const { response, choice } = writer({ compressMinBytes: 10 }, {}, "unix");
    expect([9, 10].map((size) => frameOf(response, size).compressed)).toEqual([false, true]);
    choice.compress = true;
    expect(frameOf(response, 0).compressed).toBe(true);
    choice.compress = false;
    expect(frameOf(response, 100).compressed).toBe(false);
  });

  it("keeps what a message could not be encoded for", async () => {
    const { response } = writer({ sendMaxBytes: 3 });
    expect(() => response.encode(text(4))).toThrow("sendMaxBytes");
    expect(response.encodeFailure).toMatchObject({ code: "resource_exhausted" });
    const reason = new RangeError("cannot compress");
    const slow = writer(
      { compressMinBytes: 0 },
      { responseCompression: { ...reversing, compress: () => Promise.reject(reason) } },
    );
    await expect(slow.response.encode(text(1))).rejects.toBe(reason);
    expect(slow.response.encodeFailure).toBe(reason);
  });
});
