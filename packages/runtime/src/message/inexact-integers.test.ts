import type { Int64Value, UInt64Value } from "@bufbuild/protobuf/wkt";
import { Int64ValueSchema, StructSchema, UInt64ValueSchema, UninterpretedOptionSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "@jest/globals";
import { Int64ValueJson, StructJson, UInt64ValueJson } from "../codegen/wkt-codec/index.js";
import { esCodec } from "./es-codec.js";
import { inexactIntegers } from "./inexact-integers.js";
import { json } from "./json-codec.js";
import { useJsonReflection } from "./json-reflection.js";

useJsonReflection();

const tooExact = /has more digits than a JSON number keeps in JavaScript: send it as a string/;
const readers: readonly (readonly [
  string,
  (text: string) => { value: bigint },
  (text: string) => { value: bigint },
])[] = [
  ["protobuf-es", (text) => read(Int64ValueSchema, text), (text) => read(UInt64ValueSchema, text)],
  [
    "generated codecs",
    (text) => Int64ValueJson.fromJsonString?.(text, {}) as Int64Value,
    (text) => UInt64ValueJson.fromJsonString?.(text, {}) as UInt64Value,
  ],
];

function read(schema: typeof Int64ValueSchema | typeof UInt64ValueSchema, text: string): { value: bigint } {
  return decode(schema, text) as { value: bigint };
}

function decode(schema: Parameters<typeof esCodec>[0], text: string): unknown {
  const bytes = Buffer.from(text);
  return json().decode(bytes, 0, bytes.length, esCodec(schema) as never);
}

describe.each(readers)("64-bit integers of JSON, %s", (_, int64, uint64) => {
  it.each(["9007199254740993", "-9007199254740993", "9223372036854775807", " 1234567890123456789 "])(
    "are refused as the number %s, which JavaScript would change",
    (text) => {
      expect(() => int64(text)).toThrow(tooExact);
    },
  );

  it("are read as numbers that JavaScript keeps, and as strings", () => {
    for (const value of [0n, -5n, 2n ** 53n, -(2n ** 53n) - 2n, 2n ** 62n, 9223372036854774784n]) {
      expect(int64(String(value)).value).toBe(value);
    }
    expect(int64('"9007199254740993"').value).toBe(9007199254740993n);
    expect(uint64('"18446744073709551615"').value).toBe(2n ** 64n - 1n);
    expect(() => uint64("18446744073709551615")).toThrow();
    expect(() => uint64(`1${"0".repeat(5_000)}`)).toThrow();
  });
});

it("protobuf-es: 64-bit fields of messages are looked at, and no others", () => {
  expect(() => decode(UninterpretedOptionSchema, '{"positiveIntValue":9007199254740993}')).toThrow(tooExact);
  expect(() => decode(UninterpretedOptionSchema, '{"negative_int_value":-9007199254740993}')).toThrow(tooExact);
  expect(decode(UninterpretedOptionSchema, '{"doubleValue":9007199254740993}')).toMatchObject({ doubleValue: 2 ** 53 });
});

it("numbers of a Struct are doubles, as JSON's are", () => {
  expect(StructJson.fromJsonString?.('{"a":9007199254740993}', {})?.fields).toMatchObject({
    a: { kind: { value: 2 ** 53 } },
  });
  expect(decode(StructSchema, '{"a":9007199254740993}')).toMatchObject({ fields: { a: { kind: { value: 2 ** 53 } } } });
});

it.each([
  ['{"9007199254740993":1}', []],
  ['["9007199254740993","\\"9007199254740993"]', []],
  ["[9007199254740993.5,1.9007199254740993,9007199254740993e1]", []],
  ["[9007199254740992,9007199254740993,-9007199254740995]", [2 ** 53, -(2 ** 53) - 4]],
  [`["9007199254740993`, []],
])("in %s the inexact integers are %j", (text, expected) => {
  expect([...(inexactIntegers(text) ?? [])]).toEqual(expected);
});
