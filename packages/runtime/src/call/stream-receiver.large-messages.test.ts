import { describe, expect, it } from "@jest/globals";
import { binary } from "../message/binary-codec.js";
import type { MessageCodec } from "../message/message-codec.js";
import { StreamReceiver } from "./stream-receiver.js";

const bytesType = {
  typeName: "test.Bytes",
  create: () => new Uint8Array(0),
  toBinary: (message: Uint8Array) => message,
  fromBinary: (bytes: Uint8Array, start: number, end: number) => bytes.slice(start, end),
} as unknown as MessageCodec<Uint8Array>;

function setUp(): { readonly receiver: StreamReceiver<Uint8Array>; readonly isPaused: () => boolean } {
  let paused = false;
  const host = {
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
    },
    endEnvelope: () => {},
    streamEnded: () => undefined,
    streamFailed: () => {},
  };
  const options = {
    type: bytesType,
    codec: binary(),
    maxBytes: 4 << 20,
    decodedMaxBytes: 64 << 20,
    invalid: "internal",
  } as const;
  return { receiver: new StreamReceiver(host, options), isPaused: () => paused };
}

function envelope(size: number): Uint8Array {
  const bytes = new Uint8Array(5 + size);
  new DataView(bytes.buffer).setUint32(1, size);
  return bytes;
}

describe("a stream of messages that are larger than the receiver's buffer", () => {
  it.each([1 << 16, 1 << 20])("keeps coming while a message of %d bytes is not complete", async (size) => {
    const { receiver, isPaused } = setUp();
    const message = envelope(size);
    for (let at = 0; at < message.length; at += 16_384) {
      expect(isPaused()).toBe(false);
      receiver.push(message.subarray(at, at + 16_384));
    }
    expect((await receiver.receive()).value).toHaveLength(size);
  });

  it("comes again when what is left is the beginning of a large message", async () => {
    const { receiver, isPaused } = setUp();
    const both = new Uint8Array([...envelope(10), ...envelope(1 << 17).subarray(0, 1 << 16)]);
    receiver.push(both);
    expect(isPaused()).toBe(true);
    expect((await receiver.receive()).value).toHaveLength(10);
    expect(isPaused()).toBe(false);
  });

  it("waits while messages are there that nobody reads", async () => {
    const { receiver, isPaused } = setUp();
    receiver.push(envelope(1 << 16));
    receiver.push(envelope(1 << 16));
    expect(isPaused()).toBe(true);
    await receiver.receive();
    expect(isPaused()).toBe(false);
  });
});
