import { fileURLToPath } from "node:url";
import { fromBinary, fromJsonString } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { checkDecode } from "./checks.js";
import { type Pair, pairsOf } from "./generated.js";
import { checkRead } from "./json-checks.js";
import { outcome } from "./same.js";

let pairs: Pair[] = [];

beforeAll(async () => {
  pairs = await pairsOf(fileURLToPath(new URL("proto", import.meta.url)), "limits");
}, 60_000);

function pair(name: string): Pair {
  return pairs.find(({ schema }) => schema.name === name) as Pair;
}

/** A message in a message, `depth` times, each written by `wrap`. */
function nest(depth: number, wrap: (inner: Uint8Array) => BinaryWriter): Uint8Array {
  let bytes: Uint8Array = new Uint8Array(0);
  for (let i = 0; i < depth; i++) bytes = wrap(bytes).finish();
  return bytes;
}

const message = (no: number) => (inner: Uint8Array) =>
  new BinaryWriter().tag(no, WireType.LengthDelimited).bytes(inner);
const group = (no: number) => (inner: Uint8Array) =>
  new BinaryWriter().tag(no, WireType.StartGroup).raw(inner).tag(no, WireType.EndGroup);
const entry = (no: number) => (inner: Uint8Array) => message(no)(message(2)(inner).finish());

describe("limits of generated codecs", () => {
  it.each([
    ["messages", "Proto3", message(80)],
    ["lists of messages", "Proto3", message(81)],
    ["messages in a oneof", "Proto3", message(94)],
    ["maps of messages", "Proto3", entry(76)],
    ["groups", "Edition2023", group(9)],
    ["lists of groups", "Edition2023", group(10)],
    ["groups that are unknown", "Proto3", group(5000)],
  ])("let %s be nested as deep as protobuf-es does", (_name, type, wrap) => {
    const { schema, codec } = pair(type);
    const verdicts = [];
    for (let depth = 95; depth < 105; depth++) {
      const bytes = nest(depth, wrap);
      const mine = outcome(() => codec.fromBinary(bytes, 0, bytes.length));
      expect([depth, "error" in mine]).toEqual([depth, "error" in outcome(() => fromBinary(schema, bytes))]);
      verdicts.push("error" in mine);
    }
    expect([verdicts[0], verdicts.at(-1)]).toEqual([false, true]);
  });

  it("hold for bytes of any depth", () => {
    const { codec } = pair("Proto3");
    const bytes = new Uint8Array(200_000).fill(0x0b);
    expect(() => codec.fromBinary(bytes, 0, bytes.length)).toThrow();
    const deep = nest(3000, message(80));
    expect(() => codec.fromBinary(deep, 0, deep.length)).toThrow("recursion depth");
  });

  it("let JSON be nested as deep as protobuf-es does", () => {
    const { schema, codec } = pair("Proto3");
    const verdicts = [];
    for (let depth = 95; depth < 105; depth++) {
      const text = `${'{"self":'.repeat(depth)}{}${"}".repeat(depth)}`;
      const mine = outcome(() => codec.fromJsonString?.(text, {}));
      expect([depth, "error" in mine]).toEqual([depth, "error" in outcome(() => fromJsonString(schema, text))]);
      verdicts.push("error" in mine);
    }
    expect([verdicts[0], verdicts.at(-1)]).toEqual([false, true]);
    for (const name of ["list", "value", "struct"]) {
      for (const depth of [40, 49, 50, 51, 97, 98, 99, 100, 101, 150]) {
        const inner = name === "struct" ? ['{"a":', "}"] : ["[", "]"];
        const text = `{"${name}":${inner[0]?.repeat(depth)}${name === "struct" ? "{}" : ""}${inner[1]?.repeat(depth)}}`;
        checkRead(pair("Proto3"), text, {});
      }
    }
  });
});

describe("text that is not UTF-8", () => {
  const broken = [[0xff], [0xc3, 0x28], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xc0, 0x80]];
  const text = (no: number, data: readonly number[]): Uint8Array => message(no)(new Uint8Array(data)).finish();

  it.each([
    ["a field", "Proto3", (data: readonly number[]) => text(9, data)],
    ["a list", "Proto3", (data: readonly number[]) => text(49, data)],
    ["a oneof", "Proto3", (data: readonly number[]) => text(91, data)],
    ["a key of a map", "Proto3", (data: readonly number[]) => message(71)(text(1, data)).finish()],
    ["a value of a map", "Proto3", (data: readonly number[]) => message(71)(text(2, data)).finish()],
    ["a wrapper", "Proto3", (data: readonly number[]) => message(119)(text(1, data)).finish()],
    ["a field of proto2", "Proto2", (data: readonly number[]) => text(9, data)],
    ["a field that is not checked", "Edition2023", (data: readonly number[]) => text(4, data)],
    ["a list that is not checked", "Edition2023", (data: readonly number[]) => text(5, data)],
    ["a map that is not checked", "Edition2023", (data: readonly number[]) => message(6)(text(2, data)).finish()],
  ])("is refused or replaced in %s as protobuf-es does", (_name, type, make) => {
    for (const data of broken) {
      for (const padding of [[], [0x61], new Array<number>(40).fill(0x61)]) {
        checkDecode(pair(type), make([...padding, ...data]));
        checkDecode(pair(type), make([...data, ...padding]));
      }
    }
  });
});
