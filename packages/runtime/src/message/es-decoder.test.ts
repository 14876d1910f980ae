import { create, type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import { DurationSchema, StructSchema, TypeSchema, UninterpretedOptionSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { messagesOf, messageTypes } from "../testing/arbitrary-message.js";
import { esCodec } from "./es-codec.js";
import { useFastBinary } from "./fast-binary.js";

useFastBinary();

/** A message type with the bytes of a message. */
const typesAndBytes = messageTypes.chain((type) =>
  messagesOf(type).map((message) => ({ type, bytes: bytesOf(type, message) })),
);

function bytesOf(type: DescMessage, message: Parameters<typeof toBinary>[1]): Uint8Array {
  try {
    return toBinary(type, message);
  } catch {
    // A required field is not set.
    return new Uint8Array(0);
  }
}

function outcome(decode: () => unknown): unknown {
  try {
    return decode();
  } catch (error) {
    return String(error);
  }
}

/** Decodes out of the middle of something larger, as messages lie in what the network brings. */
function expectSame(type: DescMessage, bytes: Uint8Array): void {
  const chunk = new Uint8Array(bytes.length + 20).fill(0x0a);
  chunk.set(bytes, 7);
  const mine = outcome(() => esCodec(type).fromBinary(chunk, 7, 7 + bytes.length));
  const theirs = outcome(() => fromBinary(type, bytes));
  expect(mine).toEqual(theirs);
}

describe("the binary decoder", () => {
  it("reads what protobuf-es reads, for messages of any type", () => {
    fc.assert(
      fc.property(typesAndBytes, ({ type, bytes }) => expectSame(type, bytes)),
      { numRuns: 400 },
    );
  });

  it("reads the fields of another type, known and unknown, as protobuf-es does", () => {
    fc.assert(
      fc.property(messageTypes, typesAndBytes, (type, { bytes }) => expectSame(type, bytes)),
      { numRuns: 400 },
    );
  });

  it("merges messages that follow each other as protobuf-es does", () => {
    const several = messageTypes.chain((type) =>
      fc.array(messagesOf(type), { minLength: 2, maxLength: 3 }).map((messages) => ({
        type,
        bytes: Buffer.concat(messages.map((message) => bytesOf(type, message))),
      })),
    );
    fc.assert(
      fc.property(several, ({ type, bytes }) => expectSame(type, new Uint8Array(bytes))),
      { numRuns: 200 },
    );
  });

  it("treats bytes that were cut or changed as protobuf-es does", () => {
    fc.assert(
      fc.property(typesAndBytes, fc.nat(), fc.nat(255), fc.nat(), ({ type, bytes }, at, byte, cut) => {
        const changed = bytes.slice(0, bytes.length - (cut % 3 === 0 ? cut % (bytes.length + 1) : 0));
        if (changed.length > 0) changed[at % changed.length] = byte;
        expectSame(type, changed);
      }),
      { numRuns: 1500 },
    );
  });

  it("treats random bytes as protobuf-es does", () => {
    fc.assert(
      fc.property(messageTypes, fc.uint8Array({ maxLength: 40 }), (type, bytes) => expectSame(type, bytes)),
      { numRuns: 800 },
    );
  });

  it("keeps unknown fields", () => {
    const bytes = new Uint8Array([8, 1, 0x98, 0x06, 7, 0xa2, 0x06, 2, 1, 2, 0xa5, 0x06, 1, 2, 3, 4]);
    const { $unknown } = esCodec(DurationSchema).fromBinary(bytes, 0, bytes.length);
    expect($unknown).toEqual([
      { no: 99, wireType: 0, data: new Uint8Array([7]) },
      { no: 100, wireType: 2, data: new Uint8Array([2, 1, 2]) },
      { no: 100, wireType: 5, data: new Uint8Array([1, 2, 3, 4]) },
    ]);
  });

  it("takes what encoders of other languages write: packed or not, map entries in any order", () => {
    const entries = [
      [0x0a, 3, 0x0a, 1, 0x61],
      [0x0a, 2, 0x12, 0],
      [0x0a, 5, 0x12, 0, 0x0a, 1, 0x62],
    ];
    for (const bytes of entries) expectSame(StructSchema, new Uint8Array(bytes));
    for (const varint of [
      [0x80, 0x00],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    ]) {
      expectSame(DurationSchema, new Uint8Array([8, ...varint]));
      expectSame(DurationSchema, new Uint8Array([16, ...varint]));
      expectSame(TypeSchema, new Uint8Array([0x30, ...varint]));
    }
  });

  it("refuses text that is not UTF-8", () => {
    const bytes = new Uint8Array([0x0a, 2, 0xc3, 0x28]);
    expect(() => esCodec(TypeSchema).fromBinary(bytes, 0, 4)).toThrow();
    expectSame(TypeSchema, bytes);
  });

  it("refuses messages that are nested too deep, as deep as protobuf-es does", () => {
    // A list value in a value in a list value ...
    const nested = (levels: number): Uint8Array => {
      let bytes: number[] = [];
      for (let i = 0; i < levels; i++) bytes = lengthDelimited(0x0a, lengthDelimited(0x32, bytes));
      return new Uint8Array(
        lengthDelimited(0x0a, [
          ...lengthDelimited(0x0a, [0x61]),
          ...lengthDelimited(0x12, lengthDelimited(0x32, bytes)),
        ]),
      );
    };
    expect(() => esCodec(StructSchema).fromBinary(nested(20), 0, nested(20).length)).not.toThrow();
    expect(() => esCodec(StructSchema).fromBinary(nested(60), 0, nested(60).length)).toThrow("recursion depth");
    for (let levels = 44; levels < 52; levels++) expectSame(StructSchema, nested(levels));
  });

  it("gives views of the bytes that it was given, as plain arrays", () => {
    const option = create(UninterpretedOptionSchema, { stringValue: new Uint8Array(10_000).fill(1) });
    const bytes = Buffer.from(toBinary(UninterpretedOptionSchema, option));
    const { stringValue } = esCodec(UninterpretedOptionSchema).fromBinary(bytes, 0, bytes.length);
    expect(stringValue.buffer).toBe(bytes.buffer);
    expect(Buffer.isBuffer(stringValue)).toBe(false);
  });
});

function lengthDelimited(tag: number, body: readonly number[]): number[] {
  const { length } = body;
  const size = length < 0x80 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
  return [tag, ...size, ...body];
}
