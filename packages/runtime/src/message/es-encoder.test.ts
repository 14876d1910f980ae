import { create, type DescMessage, type Message, toBinary } from "@bufbuild/protobuf";
import { DurationSchema, FileDescriptorProtoSchema, TypeSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { messagesOf, messageTypes } from "../testing/arbitrary-message.js";
import { esCodec } from "./es-codec.js";
import { useFastBinary } from "./fast-binary.js";

useFastBinary();

const typesAndMessages = messageTypes.chain((type) =>
  fc.record({ type: fc.constant(type), message: messagesOf(type) }),
);

/** What an encoder makes of a message: bytes, or an error. */
function outcome(encode: () => Uint8Array): string {
  try {
    return Buffer.from(encode()).toString("hex");
  } catch (error) {
    return String(error);
  }
}

function expectSame(type: DescMessage, message: Message): void {
  const headroom = 5;
  const mine = outcome(() => esCodec(type).toBinary(message, headroom).subarray(headroom));
  expect(mine).toBe(outcome(() => toBinary(type, message)));
}

describe("the binary encoder", () => {
  it("writes the bytes that protobuf-es writes, for messages of any type", () => {
    fc.assert(
      fc.property(typesAndMessages, ({ type, message }) => expectSame(type, message)),
      { numRuns: 400 },
    );
  });

  it("treats values that are not of their field's type as protobuf-es does", () => {
    const wrong = fc.constantFrom<unknown>(
      undefined,
      null,
      "",
      "x",
      "12",
      0,
      -0,
      -1,
      1.5,
      2 ** 32,
      2 ** 53,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      1e39,
      true,
      false,
      0n,
      -1n,
      2n ** 64n,
      {},
      [],
      [undefined],
      ["x"],
      [1n, -1],
      { a: 1 },
      { "1": "x", "-1": 1n, true: 5 },
      { case: "f1", value: "x" },
      new Uint8Array(0),
      new Uint8Array([1]),
      create(DurationSchema),
    );
    fc.assert(
      fc.property(typesAndMessages, fc.nat(7), wrong, ({ type, message }, at, value) => {
        const field = type.members[at % type.members.length];
        if (field === undefined) return;
        (message as unknown as Record<string, unknown>)[field.localName] = value;
        expectSame(type, message);
      }),
      { numRuns: 800 },
    );
  });

  it("writes unknown fields as they came", () => {
    const message = create(DurationSchema, { seconds: 5n });
    message.$unknown = [
      { no: 3, wireType: 0, data: new Uint8Array([7]) },
      { no: 536_870_911, wireType: 2, data: new Uint8Array([1, 9]) },
    ];
    expectSame(DurationSchema, message);
  });

  it("refuses a message of another type, also inside of one", () => {
    const wrong = create(TypeSchema, { name: "x" });
    wrong.sourceContext = create(DurationSchema) as never;
    expect(() => esCodec(TypeSchema).toBinary(wrong, 0)).toThrow("cannot use");
    expect(() => esCodec(DurationSchema).toBinary(create(TypeSchema) as never, 0)).toThrow("cannot use");
  });

  it("writes messages that are larger than its memory", () => {
    const message = create(FileDescriptorProtoSchema, {
      name: "x".repeat(100_000),
      messageType: Array.from({ length: 3000 }, (_, i) => ({ name: `Message${i}`, field: [{ name: "ä", number: i }] })),
    });
    expectSame(FileDescriptorProtoSchema, message);
  });

  it("gives memory that it does not write to again", () => {
    const codec = esCodec(DurationSchema);
    const first = codec.toBinary(create(DurationSchema, { seconds: 1n }), 0);
    const copy = first.slice();
    codec.toBinary(create(DurationSchema, { seconds: 2n ** 60n }), 0);
    expect(first).toEqual(copy);
  });

  it("can encode another message in the middle of one", () => {
    const inner = create(DurationSchema, { seconds: 3n });
    const message = create(TypeSchema, { name: "outer" });
    Object.defineProperty(message, "edition", {
      get: () => esCodec(DurationSchema).toBinary(inner, 0).length.toString(),
    });
    expectSame(TypeSchema, message);
  });
});
