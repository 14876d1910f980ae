import { create, toBinary } from "@bufbuild/protobuf";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../http/header-map.js";
import { binary } from "../message/binary-codec.js";
import { esCodec } from "../message/es-codec.js";
import { envelopes } from "./envelopes.js";
import { SingleReceiver } from "./single-receiver.js";

const payload = toBinary(StringValueSchema, create(StringValueSchema, { value: "hello" }));

function receiver(enveloped: boolean, maxBytes = 1000): SingleReceiver<{ value: string }> {
  const options = {
    type: esCodec(StringValueSchema),
    codec: binary(),
    maxBytes,
    decodedMaxBytes: Number.POSITIVE_INFINITY,
    invalid: "internal" as const,
  };
  return new SingleReceiver(options, enveloped && envelopes);
}

function envelope(flags: number, bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([flags, 0, 0, bytes.length >> 8, bytes.length & 0xff, ...bytes]);
}

describe("a body that is one message", () => {
  it.each([1, 2, 3, 100])("is put together from pieces of %d bytes", (size) => {
    const bare = receiver(false);
    for (let at = 0; at < payload.length; at += size) bare.push(payload.subarray(at, at + size));
    expect(bare.message()).toMatchObject({ value: "hello" });
    const enveloped = receiver(true);
    const bytes = envelope(0, payload);
    for (let at = 0; at < bytes.length; at += size) enveloped.push(bytes.subarray(at, at + size));
    expect(enveloped.message()).toMatchObject({ value: "hello" });
    expect([bare.size, enveloped.size]).toEqual([payload.length, payload.length]);
  });

  it("takes memory in proportion to its bytes, however small the pieces", () => {
    const bare = receiver(false, 1 << 20);
    for (let i = 0; i < 100_000; i++) bare.push(new Uint8Array(1));
    expect(bare.bytes?.length).toBeLessThan(400_000);
    expect(bare.body()).toHaveLength(100_000);
  });

  it.each(["content-length", "no content-length"])(
    "of 1 MiB with %s takes little more memory than its bytes",
    (head) => {
      const body = new Uint8Array(1024 * 1024 + 4).map((_, i) => i * 31);
      const bare = receiver(false, 1 << 22);
      if (head === "content-length") bare.headers = new HeaderMap([["content-length", String(body.length)]]);
      const taken = new Set<Uint8Array>();
      for (let at = 0; at < body.length; at += 65_000) {
        bare.push(body.subarray(at, at + 65_000));
        taken.add(bare.bytes as Uint8Array);
      }
      const memory = [...taken].slice(1).reduce((sum, { length }) => sum + length, 0);
      expect(memory).toBeLessThan((head === "content-length" ? 1.1 : 4) * body.length);
      expect(Buffer.compare(body, bare.body() as Uint8Array)).toBe(0);
    },
  );

  it("takes no memory for a length that is only said, and as many bytes as come", () => {
    for (const length of ["1e12", "4", "-1", "much", "2000.5"]) {
      const bare = receiver(false, 1 << 22);
      bare.headers = new HeaderMap([["content-length", length]]);
      for (let i = 0; i < 3; i++) bare.push(Uint8Array.of(i, i));
      expect(bare.bytes?.length).toBeLessThan(5000);
      expect(bare.body()).toEqual(Uint8Array.of(0, 0, 1, 1, 2, 2));
    }
  });

  it("is accepted up to the limit, and refused as soon as it is above", () => {
    const bare = receiver(false, 10);
    bare.push(new Uint8Array(10));
    expect(() => bare.push(new Uint8Array(1))).toThrow(/limit of 10 bytes/);
    expect(() => receiver(true, 10).push(envelope(0, new Uint8Array(11)).subarray(0, 5))).toThrow(/10/);
  });

  it("must be one message", () => {
    expect(() => receiver(true).message()).toThrow(/none came/);
    expect(() => receiver(true).push(Uint8Array.from([...envelope(0, payload), ...envelope(0, payload)]))).toThrow(
      /more came/,
    );
  });

  it("keeps the envelope that ends it, and counts what comes after", () => {
    const single = receiver(true);
    single.push(Uint8Array.from([...envelope(0, payload), ...envelope(0x80, new Uint8Array(7)), 1, 2]));
    single.push(new Uint8Array(3));
    expect(single.last?.flags).toBe(0x80);
    expect(single.body()).toHaveLength(7);
    expect(single.extraBytes).toBe(5);
  });

  it("without an envelope at its end counts all bytes", () => {
    const single = receiver(true);
    single.push(envelope(0, payload));
    expect(single.extraBytes).toBe(5 + payload.length);
    expect(single.incomplete()).toBeUndefined();
    const cut = receiver(true);
    cut.push(envelope(0, payload).subarray(0, 7));
    expect(cut.incomplete()).toContain("got 2");
  });

  it("waits for a decompression only where there is one", async () => {
    const single = receiver(true);
    single.compression = { name: "later", compress: (bytes) => bytes, decompress: async (bytes) => bytes };
    single.push(envelope(1, payload));
    expect(await single.message()).toMatchObject({ value: "hello" });
    const without = receiver(true);
    without.push(envelope(1, payload));
    expect(() => without.message()).toThrow(/no compression was negotiated/);
  });
});
