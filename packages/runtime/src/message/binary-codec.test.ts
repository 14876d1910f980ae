import { DurationSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "@jest/globals";
import { binary } from "./binary-codec.js";
import { esCodec } from "./es-codec.js";

describe("binary", () => {
  const codec = binary();
  const type = esCodec(DurationSchema);

  it("is proto in content types and no text", () => {
    expect([codec.name, codec.text]).toEqual(["proto", false]);
  });

  it("serialises behind the headroom and parses a range", () => {
    const bytes = codec.encode(type.create({ seconds: 3n }), type, 5);
    expect([...bytes]).toEqual([0, 0, 0, 0, 0, 8, 3]);
    expect(codec.decode(bytes, 5, 7, type).seconds).toBe(3n);
  });

  it("throws on bytes that are no message", () => {
    expect(() => codec.decode(new Uint8Array([0xff]), 0, 1, type)).toThrow();
  });
});
