import { create, toBinary } from "@bufbuild/protobuf";
import { type StringValue, StringValueSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ConnectError } from "../error/connect-error.js";
import type { Compression } from "../framing/compression.js";
import { binary } from "../message/binary-codec.js";
import { esCodec } from "../message/es-codec.js";
import { type ReceiverHost, StreamReceiver } from "./stream-receiver.js";

interface Log extends ReceiverHost {
  readonly events: string[];
}

function host(end?: ConnectError): Log {
  const events: string[] = [];
  return {
    events,
    pause: () => events.push("pause"),
    resume: () => events.push("resume"),
    endEnvelope: (flags, payload) => events.push(`end ${flags} ${payload.length}`),
    streamEnded(extraBytes, incomplete) {
      events.push(`ended ${extraBytes} ${incomplete ?? ""}`.trim());
      return incomplete === undefined ? end : new ConnectError("internal", incomplete);
    },
    streamFailed: (error) => events.push(`failed ${error.code}`),
  };
}

const type = esCodec(StringValueSchema);

function receiver(log: Log = host(), maxBytes = 1 << 20): StreamReceiver<StringValue> {
  return new StreamReceiver(log, {
    type,
    codec: binary(),
    maxBytes,
    decodedMaxBytes: Number.POSITIVE_INFINITY,
    invalid: "invalid_argument",
  });
}

function envelope(flags: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(5 + payload.length);
  bytes[0] = flags;
  new DataView(bytes.buffer).setUint32(1, payload.length);
  bytes.set(payload, 5);
  return bytes;
}

function message(value: string, flags = 0): Uint8Array {
  return envelope(flags, toBinary(StringValueSchema, create(StringValueSchema, { value })));
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

async function all(from: StreamReceiver<StringValue>): Promise<string[]> {
  const got: string[] = [];
  for (;;) {
    const result = await from.receive();
    if (result.done === true) return got;
    got.push(result.value.value);
  }
}

describe("a stream of messages", () => {
  it("is the same however its bytes are cut", async () => {
    const values = fc.array(fc.string({ maxLength: 300 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(values, fc.array(fc.nat({ max: 500 }), { minLength: 1 }), async (texts, cuts) => {
        const bytes = concat(texts.map((text) => message(text)));
        const from = receiver();
        const reading = all(from);
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = 1 + (cuts[i % cuts.length] as number);
          from.push(bytes.slice(at, at + size));
          at += size;
          if (i % 3 === 0) await Promise.resolve();
        }
        from.endBody();
        expect(await reading).toEqual(texts);
      }),
      { numRuns: 200 },
    );
  });

  it("serves several readers in the order in which they asked", async () => {
    const from = receiver();
    const readers = [from.receive(), from.receive(), from.receive()];
    from.push(concat([message("a"), message("b")]));
    from.endBody();
    expect(await Promise.all(readers)).toMatchObject([
      { value: { value: "a" } },
      { value: { value: "b" } },
      { done: true },
    ]);
  });

  it("an empty envelope is the zero value", async () => {
    const from = receiver();
    from.push(envelope(0, new Uint8Array(0)));
    expect((await from.receive()).value).toMatchObject({ value: "" });
  });

  it("notices its end without a reader, and reports the bytes after it", () => {
    const log = host();
    const from = receiver(log);
    from.push(concat([envelope(2, new Uint8Array(3)), new Uint8Array(4)]));
    expect(log.events).toEqual(["end 2 3", "ended 4"]);
    expect(from.done).toBe(true);
  });

  it("reports a body that ends in the middle of a message", async () => {
    const log = host();
    const from = receiver(log);
    from.push(message("hello").subarray(0, 8));
    from.endBody();
    await expect(from.receive()).rejects.toMatchObject({ code: "internal" });
    expect(log.events[0]).toContain("promised 7 bytes");
  });

  it("gives the messages that came before the error that it ended with", async () => {
    const from = receiver(host(new ConnectError("aborted")));
    from.push(message("a"));
    from.endBody();
    expect((await from.receive()).value?.value).toBe("a");
    await expect(from.receive()).rejects.toMatchObject({ code: "aborted" });
    await expect(from.receive()).rejects.toMatchObject({ code: "aborted" });
  });

  it("drops what was not read when it is made to fail", async () => {
    const from = receiver();
    const waiting = receiver();
    const pending = waiting.receive();
    from.push(message("a"));
    for (const each of [from, waiting]) each.fail(new ConnectError("canceled"));
    await expect(from.receive()).rejects.toMatchObject({ code: "canceled" });
    await expect(pending).rejects.toMatchObject({ code: "canceled" });
  });

  it("pauses its source while much waits to be read, and resumes it", async () => {
    const log = host();
    const from = receiver(log);
    for (let i = 0; i < 20; i++) from.push(message("x".repeat(8000)));
    expect(log.events).toEqual(["pause"]);
    for (let i = 0; i < 20; i++) await from.receive();
    expect(log.events).toEqual(["pause", "resume"]);
  });

  it("fails on a message above the limit before its bytes come", async () => {
    const log = host();
    const from = receiver(log, 100);
    from.push(envelope(0, new Uint8Array(101)).subarray(0, 5));
    expect(log.events).toEqual(["failed resource_exhausted"]);
    await expect(from.receive()).rejects.toMatchObject({ code: "resource_exhausted" });
  });

  it("fails on a compressed message without a compression", async () => {
    const log = host();
    const from = receiver(log);
    from.push(message("a", 1));
    await expect(from.receive()).rejects.toMatchObject({ code: "internal" });
    expect(log.events).toEqual(["failed internal"]);
  });

  it("fails with the given code on a message that does not decode", async () => {
    const from = receiver();
    from.push(envelope(0, new Uint8Array([0xff])));
    await expect(from.receive()).rejects.toMatchObject({ code: "invalid_argument" });
  });
});

describe("compressed messages", () => {
  const slow: Compression = {
    name: "slow",
    compress: (bytes) => bytes,
    // Later messages are ready first: order must come from the receiver.
    decompress: (bytes) => new Promise((resolve) => setTimeout(resolve, 20 - bytes.length, bytes)),
  };

  it("keep their order with plain ones between them, and the end waits for them", async () => {
    const log = host();
    const from = receiver(log);
    from.compression = slow;
    from.push(concat([message("a", 1), message("bb"), message("ccccc", 1), envelope(3, new Uint8Array(1))]));
    from.endBody();
    expect(await all(from)).toEqual(["a", "bb", "ccccc"]);
    expect(log.events).toEqual(["end 3 1", "ended 0"]);
  });

  it.each([
    [3, 1, "end 3 10"],
    [3, 0, "end 3 0"],
    [2, 1, "end 2 1"],
  ])("an end with flags %i and %i bytes is decompressed when it is compressed: %s", (flags, bytes, end) => {
    const log = host();
    const from = receiver(log);
    from.compression = { ...slow, decompress: () => new Uint8Array(10) };
    from.push(envelope(flags, new Uint8Array(bytes)));
    expect(log.events).toEqual([end]);
  });

  it("that do not decompress fail the stream", async () => {
    const log = host();
    const from = receiver(log);
    from.compression = { ...slow, decompress: () => Promise.reject(new ConnectError("invalid_argument", "no")) };
    from.push(message("a", 1));
    await expect(from.receive()).rejects.toMatchObject({ code: "invalid_argument" });
    expect(log.events).toEqual(["failed invalid_argument"]);
  });
});
