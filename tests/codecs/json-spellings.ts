import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import fc from "fast-check";

/** Values that stand in the place of others: some are other spellings, some are of no use to most fields. */
const strange = fc.oneof(
  fc.constantFrom<JsonValue>(null, true, false, 0, -0, 1, -1, 1.5, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 64, 1e39, 1e308),
  fc.constantFrom<JsonValue>("", " ", "0", "1", " 1", "1 ", "01", "+1", "0x1", "1e0", "1.0", "1.5", "-1", "1e400"),
  fc.constantFrom<JsonValue>("NaN", "Infinity", "-Infinity", "Inf", "true", "false", "null", "18446744073709551616"),
  fc.constantFrom<JsonValue>("OPEN_ONE", "CLOSED_ONE", "OWN_TWO", "open_one", "NULL_VALUE", "NOT_A_NAME"),
  fc.constantFrom<JsonValue>("AA==", "AA", "A", "_-8", "/+8=", "=", "A A=", "é", "\ud800"),
  fc.constantFrom<JsonValue>([], [null], [1, null], {}, { a: null }, { "1": 1 }, { true: true }, { "": "" }, [[]]),
  fc.constantFrom<JsonValue>("1s", "-1.5s", "1.0000000001s", "s", "1", "315576000001s", "-0.5s", "0.000000001s"),
  fc.constantFrom<JsonValue>("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.1+01:30", "0000-01-01T00:00:00Z"),
  fc.constantFrom<JsonValue>("9999-12-31T23:59:59.999999999Z", "1970-01-01T00:00:00", "1970-13-01T00:00:00Z"),
  fc.constantFrom<JsonValue>("fooBar,b.c", "foo_bar", "a,,b", "fooBar1"),
  fc.constantFrom<JsonValue>({ "@type": "type.googleapis.com/google.protobuf.Empty" }, { "@type": "" }, { "@type": 1 }),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonValue>,
);

/** Edits of JSON, as numbers and values that {@link respellJson} uses up. */
export const edits: fc.Arbitrary<readonly (readonly [number, JsonValue])[]> = fc.array(
  fc.tuple(fc.nat(1000), strange) as fc.Arbitrary<readonly [number, JsonValue]>,
  { minLength: 1, maxLength: 3 },
);

/** JSON with some of its values and names changed. Each edit says where, counted in the order of reading, and what to. */
export function respellJson(json: JsonValue, changes: readonly (readonly [number, JsonValue])[]): JsonValue {
  const total = count(json);
  let at = 0;
  const planned = new Map(changes.map(([where, value]) => [where % total, { kind: where % 3, value }]));
  const visit = (value: JsonValue): JsonValue => {
    const change = planned.get(at++);
    if (change !== undefined && change.kind === 0) {
      at += count(value) - 1;
      return change.value;
    }
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value === "object" && value !== null) return members(value, visit, change?.kind === 1);
    return change === undefined ? value : other(value);
  };
  return visit(json);
}

/** Members, on demand with a name that is spelled in another way. */
function members(value: JsonObject, visit: (value: JsonValue) => JsonValue, rename: boolean): JsonObject {
  const entries = Object.entries(value).map(([name, inner], i): [string, JsonValue] => {
    const snake = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return [rename && i === 0 ? (snake === name ? `${name}x` : snake) : name, visit(inner)];
  });
  return Object.fromEntries(entries);
}

/** The same value as a JSON writer of another language could write it. */
function other(value: JsonValue): JsonValue {
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") return value;
  return value.trim() !== "" && Number.isFinite(Number(value))
    ? Number(value)
    : value.replaceAll("+", "-").replaceAll("/", "_");
}

function count(json: JsonValue): number {
  if (typeof json !== "object" || json === null) return 1;
  return Object.values(json).reduce<number>((sum, value) => sum + count(value), 1);
}
