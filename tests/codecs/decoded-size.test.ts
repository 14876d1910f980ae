import { fileURLToPath } from "node:url";
import { type DescMessage, fromBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { Int64ValueSchema } from "@bufbuild/protobuf/wkt";
import { ConnectError, json, jsonReflection, type MessageCodec } from "@connect-ts/runtime";
import { codecOf } from "@connect-ts/runtime/codegen/schema";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { type Pair, pairsOf } from "./generated.js";

const size = 512 * 1024;
/** What a message of this size may take where nobody says. */
const budget = 16 * size;
const maxBytes = 3 * budget;

let proto3: Pair;

beforeAll(async () => {
  const pairs = await pairsOf(fileURLToPath(new URL("proto", import.meta.url)), "decoded-size");
  proto3 = pairs.find(({ schema }) => schema.name === "Proto3") as Pair;
}, 60_000);

const delimited = (no: number, inner: Uint8Array): Uint8Array =>
  new BinaryWriter().tag(no, WireType.LengthDelimited).bytes(inner).finish();
const group = (no: number): Uint8Array =>
  new BinaryWriter().tag(no, WireType.StartGroup).tag(no, WireType.EndGroup).finish();
const nothing = new Uint8Array();

/** A message of that size out of one field, again and again; `vary` makes each another one. */
function repeated(
  field: Uint8Array,
  vary: (bytes: DataView, at: number, index: number) => void = () => {},
): Uint8Array {
  const bytes = new Uint8Array(Math.floor(size / field.length) * field.length);
  const view = new DataView(bytes.buffer);
  for (let at = 0, index = 0; at < bytes.length; at += field.length, index++) {
    bytes.set(field, at);
    vary(view, at, index);
  }
  return bytes;
}

/** Decodes, and tells how that ended, and whether it was cheap. */
function outcome(decode: () => unknown): string {
  const before = process.memoryUsage();
  let told = "decoded";
  try {
    decode();
  } catch (error) {
    told = error instanceof ConnectError ? error.message : String(error);
  }
  const after = process.memoryUsage();
  if (told === "decoded") return told;
  expect(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(maxBytes);
  return told;
}

function codecs(): [string, MessageCodec][] {
  return [
    ["protobuf-es", codecOf(proto3.schema)],
    ["generated", proto3.codec],
  ];
}

const refused = `[resource_exhausted] the message takes more than ${budget} bytes when it is decoded: raise decodedMaxBytes to accept it`;

describe("few bytes that become many objects are refused", () => {
  it.each<[string, () => Uint8Array]>([
    ["empty messages in a list", () => repeated(delimited(81, nothing))],
    [
      "messages in a map",
      () =>
        repeated(delimited(76, new Uint8Array([10, 3, 97, 97, 97, 18, 0])), (view, at, index) =>
          view.setUint16(at + 5, 0x6161 + (index & 0x0f0f)),
        ),
    ],
    ["empty bytes in a list", () => repeated(delimited(50, nothing))],
    ["unknown fields", () => repeated(new Uint8Array([0x80, 0x7d, 0]))],
    ["unknown groups", () => repeated(group(5000))],
  ])("%s", (_, make) => {
    const bytes = make();
    for (const [name, codec] of codecs()) {
      expect([name, outcome(() => codec.fromBinary(bytes, 0, bytes.length, budget))]).toEqual([name, refused]);
    }
  });

  it.each<[string, string]>([
    ["empty messages in a list", `{"selves":[${"{},".repeat(size / 3 - 10)}{}]}`],
    ["lists in a Struct", `{"struct":{"a":[${"[],".repeat(size / 3 - 10)}[]]}}`],
    ["numbers in a Struct", `{"struct":{"a":[${"1,".repeat(size / 2 - 20)}1]}}`],
    ["lists in lists", `{"list":${"[".repeat(size / 2)}${"]".repeat(size / 2 - 20)}}`],
  ])("JSON of %s", (_, text) => {
    const bytes = new TextEncoder().encode(text);
    for (const [name, codec] of codecs()) {
      expect([
        name,
        outcome(() => json({ reflection: jsonReflection }).decode(bytes, 0, bytes.length, codec, budget)),
      ]).toEqual([name, refused]);
    }
  });

  it("digits by the million where a number of 64 bits is wanted", () => {
    const bytes = new TextEncoder().encode(`"${"9".repeat(size - 2)}"`);
    const codec = codecOf(Int64ValueSchema);
    expect(outcome(() => json({ reflection: jsonReflection }).decode(bytes, 0, bytes.length, codec, budget))).toBe(
      refused,
    );
  });
});

describe("messages of the size that has this budget pass", () => {
  it.each<[string, () => Uint8Array]>([
    ["packed numbers", () => delimited(45, new Uint8Array(size - 8).fill(1))],
    [
      "messages of 16 bytes",
      () => delimited(115, repeated(delimited(1, delimited(3, new Uint8Array(12).fill(97)))).subarray(0, -16)),
    ],
    ["strings of 16 bytes", () => repeated(delimited(49, new Uint8Array(13).fill(97)))],
  ])("%s", (_, make) => {
    const bytes = make();
    for (const [name, codec] of codecs()) {
      expect([name, outcome(() => codec.fromBinary(bytes, 0, bytes.length, budget))]).toEqual([name, "decoded"]);
    }
  });

  it.each([
    ["text", JSON.stringify({ stringField: `a"[{,`.repeat(size / 9) })],
    ["numbers", `{"doubles":[${"1,".repeat(size / 2 - 10)}1]}`],
    ["messages of 16 bytes", `{"list":[${'"abcdefghijklm",'.repeat(size / 16 - 10)}1]}`],
  ])("JSON of %s", (_, text) => {
    const bytes = new TextEncoder().encode(text);
    for (const [name, codec] of codecs()) {
      expect([
        name,
        outcome(() => json({ reflection: jsonReflection }).decode(bytes, 0, bytes.length, codec, budget)),
      ]).toEqual([name, "decoded"]);
    }
  });
});

describe("the estimates of both codecs", () => {
  it("are the same, to the byte, for messages with one of everything", () => {
    const fields = [
      delimited(81, delimited(9, new Uint8Array([97]))),
      delimited(76, new Uint8Array([10, 1, 97, 18, 0])),
      delimited(71, new Uint8Array([10, 1, 97, 18, 1, 98])),
      delimited(50, new Uint8Array([1])),
      delimited(45, new Uint8Array([1, 2, 3])),
      delimited(49, new Uint8Array([97])),
      new Uint8Array([0x80, 0x7d, 0]),
      group(5000),
    ];
    const bytes = new Uint8Array(fields.flatMap((field) => [...field]));
    // The bytes are ones that protobuf-es takes.
    fromBinary(proto3.schema as DescMessage, bytes);
    const least = codecs().map(([, codec]) => {
      let limit = 0;
      while (outcome(() => codec.fromBinary(bytes, 0, bytes.length, limit)) !== "decoded") limit += 8;
      return limit;
    });
    expect(least[0]).toBeGreaterThan(1000);
    expect(least[1]).toBe(least[0]);
  });
});
