import { beforeEach, describe, expect, it, jest } from "@jest/globals";
import type { DecodeOptions } from "../call/decode-message.js";
import { ConnectError } from "../error/connect-error.js";
import { binary } from "../message/binary-codec.js";
import type { HandlerExchange } from "../protocol/protocol.js";
import { envelope, FakeStream, reversing, textType } from "../testing/handler-fixtures.js";
import { settled } from "../testing/manual-time.js";
import { type RequestObserver, SingleRequest, StreamRequest } from "./request-body.js";

const decoding: DecodeOptions<unknown> = {
  type: textType,
  codec: binary(),
  maxBytes: 100,
  decodedMaxBytes: 1600,
  invalid: "invalid_argument",
};
const exchange = (more: Partial<HandlerExchange> = {}): HandlerExchange =>
  ({ enveloped: true, requestCompression: reversing, requestCompressed: false, ...more }) as HandlerExchange;
const bytes = (text: string) => new TextEncoder().encode(text);

describe("the request of an RPC with one message", () => {
  it("is read when its body is over", async () => {
    const request = new SingleRequest(decoding, exchange());
    let over = false;
    void request.whole().then(() => {
      over = true;
    });
    request.push(envelope("a"));
    await settled();
    expect([request.over, over]).toEqual([false, false]);
    request.endBody();
    await settled();
    expect([request.over, over, request.read()]).toEqual([true, true, { text: "a" }]);
    expect(request.requestCompressed).toBe(false);
  });

  it("may be compressed, with an envelope or without", async () => {
    const enveloped = new SingleRequest(decoding, exchange());
    enveloped.push(envelope("cba", 1));
    enveloped.endBody();
    expect([await enveloped.read(), enveloped.requestCompressed]).toEqual([{ text: "abc" }, true]);
    const bare = new SingleRequest(decoding, exchange({ enveloped: false, requestCompressed: true }));
    expect(bare.requestCompressed).toBe(true);
    bare.push(bytes("cb"));
    bare.push(bytes("a"));
    bare.endBody();
    expect(await bare.read()).toEqual({ text: "abc" });
  });

  it("throws what it broke for first", () => {
    const request = new SingleRequest(decoding, exchange());
    request.fail(new ConnectError("canceled", "first"));
    request.fail(new ConnectError("canceled", "second"));
    expect(() => request.read()).toThrow("first");
  });

  it("throws when its body ended early, or has what is no message", () => {
    const early = new SingleRequest(decoding, exchange());
    early.push(envelope("abc").subarray(0, 7));
    early.endBody();
    expect(() => early.read()).toThrow(/\[invalid_argument\] the request ended early/);
    const flags = new SingleRequest(decoding, exchange());
    flags.push(envelope("a", 128));
    flags.endBody();
    expect(() => flags.read()).toThrow("[invalid_argument] a request message has the envelope flags 128");
  });
});

describe("the request of an RPC with a stream of messages", () => {
  let stream: FakeStream;
  let request: StreamRequest;
  beforeEach(() => {
    stream = new FakeStream();
    request = new StreamRequest(decoding, exchange(), stream);
  });

  async function all(observer?: RequestObserver): Promise<unknown[]> {
    const seen: unknown[] = [];
    for await (const message of request.messages(observer)) seen.push(message);
    return seen;
  }

  it("is iterated, while it comes", async () => {
    const messages = request.messages(undefined);
    const first = messages.next();
    request.push(envelope("a"));
    expect(await first).toEqual({ done: false, value: { text: "a" } });
    request.push(envelope("cb", 1));
    request.endBody();
    expect(await messages.next()).toEqual({ done: false, value: { text: "bc" } });
    expect(request.requestCompressed).toBe(true);
    expect(await messages.next()).toEqual({ done: true, value: undefined });
  });

  it("is shown to interceptors, who may replace messages", async () => {
    const seen: unknown[] = [];
    request.push(envelope("a"));
    request.push(envelope("b", 1));
    request.endBody();
    const observer: RequestObserver = {
      async sawRequest(message, compressed, size) {
        seen.push([message, compressed, size]);
        return { text: "other" };
      },
    };
    expect(await all(observer)).toEqual([{ text: "other" }, { text: "other" }]);
    expect(seen).toEqual([
      [{ text: "a" }, false, 1],
      [{ text: "b" }, true, 1],
    ]);
  });

  it("is left to the flow control when nobody reads on", async () => {
    request.push(envelope("a"));
    for await (const _ of request.messages(undefined)) break;
    expect(stream.log).toEqual(["pause"]);
  });

  it("is paused while much of it waits, and resumed", async () => {
    const large = new StreamRequest({ ...decoding, maxBytes: 1_000_000 }, exchange(), stream);
    for (let i = 0; i < 2; i++) large.push(envelope("x".repeat(70_000)));
    expect(stream.log).toEqual(["pause"]);
    const messages = large.messages(undefined);
    await messages.next();
    await messages.next();
    expect(stream.log).toEqual(["pause", "resume"]);
  });

  it("throws what it broke for, at once", async () => {
    request.push(envelope("a"));
    request.fail(new ConnectError("canceled", "left"));
    await expect(all()).rejects.toThrow("left");
  });

  it("throws when it ended early, has what is no message, or decompresses to no end", async () => {
    request.push(envelope("abc").subarray(0, 7));
    request.endBody();
    await expect(all()).rejects.toThrow("[invalid_argument] the request ended early");
    request = new StreamRequest(decoding, exchange(), stream);
    request.push(envelope("a", 2));
    await expect(all()).rejects.toThrow("the envelope flags 2");
  });

  it("does not tell the client what a compression of ours threw", async () => {
    const fail = () => Promise.reject(new RangeError("secret"));
    request = new StreamRequest(decoding, exchange({ requestCompression: { ...reversing, decompress: fail } }), stream);
    request.push(envelope("a", 1));
    const error: unknown = await all().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "internal", cause: { message: "secret" } });
  });

  it("that nobody waits for is no unhandled rejection", async () => {
    void request.messages(undefined).next();
    void request.messages({ sawRequest: (message) => message }).next();
    request.fail(new ConnectError("canceled"));
    await settled();
    // After the failure; a message that is broken, read and awaited; one whose decompression fails, awaited and read.
    void request.messages(undefined).next();
    const broken = new StreamRequest(decoding, exchange(), stream);
    broken.push(new Uint8Array([0, 0, 0, 0, 1, 255]));
    void broken.messages(undefined).next();
    const awaited = new StreamRequest(decoding, exchange(), stream);
    void awaited.messages(undefined).next();
    void awaited.messages(undefined).next();
    awaited.push(new Uint8Array([0, 0, 0, 0, 1, 255]));
    const fail = () => Promise.reject(new RangeError("inflates badly"));
    const inflating = { requestCompression: { ...reversing, decompress: fail } };
    for (const waits of [true, false]) {
      const compressed = new StreamRequest(decoding, exchange(inflating), stream);
      if (waits) void compressed.messages(undefined).next();
      compressed.push(envelope("a", 1));
      if (!waits) void compressed.messages(undefined).next();
    }
    await settled();
  });

  it("that has come is read without a handler of rejections for each message", async () => {
    request.push(envelope("a"));
    request.push(envelope("b"));
    const messages = request.messages(undefined);
    const handlers = jest.spyOn(Promise.prototype, "catch");
    try {
      await messages.next();
      await messages.next();
      expect(handlers).not.toHaveBeenCalled();
    } finally {
      handlers.mockRestore();
    }
  });
});
