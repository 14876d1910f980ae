import { create, toBinary } from "@bufbuild/protobuf";
import { DurationSchema, EmptySchema, TypeSchema, UninterpretedOptionSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { esCodec } from "./es-codec.js";

describe("esCodec", () => {
  it("has the name and the schema of its type", () => {
    const codec = esCodec(DurationSchema);
    expect(codec.typeName).toBe("google.protobuf.Duration");
    expect(codec.schema).toBe(DurationSchema);
  });

  it("has no JSON of its own, which would go into every bundle", () => {
    expect(esCodec(DurationSchema)).not.toHaveProperty("toJsonString");
    expect(esCodec(DurationSchema)).not.toHaveProperty("fromJsonString");
  });

  it("returns a message as it is", () => {
    const message = create(DurationSchema, { seconds: 1n });
    expect(esCodec(DurationSchema).create(message)).toBe(message);
  });

  it("completes an init shape, also in nested messages", () => {
    const message = esCodec(TypeSchema).create({ name: "x", fields: [{ number: 1 }], sourceContext: {} });
    expect(message).toEqual(
      create(TypeSchema, { name: "x", fields: [{ number: 1 }], sourceContext: { fileName: "" } }),
    );
    expect(message.fields[0]?.$typeName).toBe("google.protobuf.Field");
  });

  it("makes the empty message of nothing", () => {
    expect(esCodec(DurationSchema).create(undefined)).toEqual(create(DurationSchema));
    expect(esCodec(EmptySchema).create({})).toEqual(create(EmptySchema));
  });

  it("refuses what is no message of its type, and says what it got", () => {
    const codec = esCodec(DurationSchema);
    expect(() => codec.create(create(EmptySchema))).toThrow(
      new TypeError("expected a google.protobuf.Duration, got a google.protobuf.Empty"),
    );
    expect(() => codec.create(null)).toThrow(/got null/);
    expect(() => codec.create("1s")).toThrow(/got string/);
  });

  it("leaves room in front of the binary form", () => {
    const codec = esCodec(DurationSchema);
    const message = codec.create({ seconds: 1n });
    expect([...codec.toBinary(message, 0)]).toEqual([8, 1]);
    expect([...codec.toBinary(message, 5)]).toEqual([0, 0, 0, 0, 0, 8, 1]);
    expect(codec.toBinary(codec.create({}), 5)).toHaveLength(5);
  });

  it("reads a range", () => {
    const codec = esCodec(DurationSchema);
    const bytes = new Uint8Array([9, 9, 8, 5, 9, 9]);
    expect(codec.fromBinary(bytes, 2, 4).seconds).toBe(5n);
    expect(codec.fromBinary(bytes.subarray(1), 1, 3).seconds).toBe(5n);
    expect(codec.fromBinary(bytes, 3, 3)).toEqual(create(DurationSchema));
  });

  it("does not read beyond the range", () => {
    const codec = esCodec(UninterpretedOptionSchema);
    const bytes = toBinary(UninterpretedOptionSchema, create(UninterpretedOptionSchema, { identifierValue: "abc" }));
    expect(() => codec.fromBinary(bytes, 0, bytes.length - 1)).toThrow();
  });

  it("gives plain Uint8Arrays, also when it reads a Buffer", () => {
    const option = create(UninterpretedOptionSchema, { stringValue: new Uint8Array([1, 2, 3]) });
    const bytes = Buffer.from(toBinary(UninterpretedOptionSchema, option));
    const { stringValue } = esCodec(UninterpretedOptionSchema).fromBinary(bytes, 0, bytes.length);
    expect(Buffer.isBuffer(stringValue)).toBe(false);
    expect(stringValue).toEqual(new Uint8Array([1, 2, 3]));
  });

  it("keeps unknown fields", () => {
    const bytes = new Uint8Array([8, 1, 0x98, 0x06, 7]);
    const codec = esCodec(DurationSchema);
    expect(codec.toBinary(codec.fromBinary(bytes, 0, 5), 0)).toEqual(bytes);
  });

  it("throws an error or gives a message on any bytes", () => {
    const codec = esCodec(TypeSchema);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        let message: unknown;
        try {
          message = codec.fromBinary(bytes, 0, bytes.length);
        } catch (error) {
          expect(error).toHaveProperty("message");
          return;
        }
        expect(message).toHaveProperty("$typeName", "google.protobuf.Type");
      }),
      { numRuns: 500 },
    );
  });

  it("reads back what it wrote, wherever it stands", () => {
    const codec = esCodec(UninterpretedOptionSchema);
    fc.assert(
      fc.property(
        fc.record({
          identifierValue: fc.string({ unit: "grapheme" }),
          positiveIntValue: fc.bigInt({ min: 0n, max: 0xffffffffffffffffn }),
          doubleValue: fc.double(),
          stringValue: fc.uint8Array(),
        }),
        fc.integer({ min: 0, max: 9 }),
        (init, headroom) => {
          const message = codec.create(init);
          const bytes = codec.toBinary(message, headroom);
          expect(codec.fromBinary(bytes, headroom, bytes.length)).toEqual(message);
        },
      ),
    );
  });
});
