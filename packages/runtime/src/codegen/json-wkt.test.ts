import { create, type DescMessage, fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import { DurationSchema, FieldMaskSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { JsonReader } from "./json-reader.js";
import {
  durationFromJson,
  durationToJson,
  fieldMaskFromJson,
  fieldMaskToJson,
  timestampFromJson,
  timestampToJson,
} from "./json-wkt.js";

type ToJson = (message: never, options: object) => JsonValue;
type FromJson = (json: JsonValue, reader: JsonReader) => unknown;

/** What a function gives, or that it throws. */
function outcomeOf(f: () => unknown): unknown {
  try {
    return f();
  } catch {
    return "throws";
  }
}

function expectSame(schema: DescMessage, init: Record<string, unknown>, toOwn: ToJson, fromOwn: FromJson): void {
  const message = create(schema, init);
  const json = outcomeOf(() => toJson(schema, message));
  expect(outcomeOf(() => toOwn(message as never, {}))).toEqual(json);
  if (json !== "throws") {
    expect(fromOwn(json as JsonValue, new JsonReader({}))).toEqual(fromJson(schema, json as JsonValue));
  }
}

const nanos = fc.oneof(fc.integer({ min: -1, max: 1e9 }), fc.constantFrom(0, 1, 1000, 500_000_000, 999_999_999));

describe("the JSON of a well-known type", () => {
  it("is that of protobuf-es for timestamps", () => {
    const seconds = fc.bigInt({ min: -62_135_596_802n, max: 253_402_300_801n });
    fc.assert(
      fc.property(fc.oneof(seconds, fc.constantFrom(0n, -62_135_596_800n, 253_402_300_799n)), nanos, (s, n) =>
        expectSame(TimestampSchema, { seconds: s, nanos: n }, timestampToJson, timestampFromJson),
      ),
    );
  });

  it("is that of protobuf-es for durations", () => {
    const seconds = fc.bigInt({ min: -315_576_000_001n, max: 315_576_000_001n });
    const both = fc.oneof(
      nanos,
      nanos.map((n) => -n || 0),
    );
    fc.assert(
      fc.property(fc.oneof(seconds, fc.constantFrom(0n, 1n, -1n)), both, (s, n) =>
        expectSame(DurationSchema, { seconds: s, nanos: n }, durationToJson, durationFromJson),
      ),
    );
  });

  it("is that of protobuf-es for field masks", () => {
    const path = fc.string({ unit: fc.constantFrom("a", "b", "_", ".", "1", "A", "é") });
    fc.assert(
      fc.property(fc.array(path.filter((p) => p !== "")), (paths) =>
        expectSame(FieldMaskSchema, { paths }, fieldMaskToJson, fieldMaskFromJson),
      ),
    );
  });

  it.each([
    "2024-02-29T12:30:00.5+02:00",
    "2024-02-29t12:30:00Z",
    "2024-02-30T12:30:00Z",
    "0000-12-31T23:59:59Z",
    "9999-12-31T23:59:59.999999999Z",
    "2024-01-01T00:00:00.1234567890Z",
    "2024-01-01T24:00:00Z",
    "2024-01-01",
    "",
  ])("takes the timestamp %j, or not, as protobuf-es does", (json) => {
    expect(outcomeOf(() => timestampFromJson(json, new JsonReader({})))).toEqual(
      outcomeOf(() => fromJson(TimestampSchema, json)),
    );
  });

  it.each(["1.5s", "-0.5s", "1s", "-315576000000s", "315576000001s", "1", "s", "1.s", "+1s", "1e3s"])(
    "takes the duration %j, or not, as protobuf-es does",
    (json) => {
      expect(outcomeOf(() => durationFromJson(json, new JsonReader({})))).toEqual(
        outcomeOf(() => fromJson(DurationSchema, json)),
      );
    },
  );
});
