import { type DescField, type DescMessage, type JsonValue, ScalarType } from "@bufbuild/protobuf";
import { entryWeight, mayWeigh, objectWeight, tooHeavy } from "./decoded-size.js";
import { emptyWeight, heaviest, typesIn } from "./es-size.js";
import { checkExact, inexactIntegers } from "./inexact-integers.js";

const holdsValues: WeakMap<DescMessage, boolean> = new WeakMap();
const fieldsOfTypes: WeakMap<DescMessage, ReadonlyMap<string, DescField>> = new WeakMap();

/**
 * Adds up what the messages in a JSON text weigh by their types: brackets alone do not tell how many members a message has.
 * A text that is no JSON is left to who decodes it.
 *
 * @throws ConnectError `resource_exhausted` as soon as that is more than the limit
 */
export function checkTextWeight(type: DescMessage, text: string, limit: number): void {
  if (!mayWeigh(text.length, limit, heaviest(type))) return;
  let json: JsonValue;
  try {
    json = JSON.parse(text) as JsonValue;
  } catch {
    return;
  }
  new TreeWalk(limit).message(type, json);
}

/**
 * protobuf-es takes infinite numbers into a google.protobuf.Value, and cannot write them.
 *
 * @throws Error for a text with a number that is too large, where a message has such values
 */
export function checkNumbers(type: DescMessage, text: string): void {
  let holds = holdsValues.get(type);
  if (holds === undefined) {
    holds = [...typesIn(type)].some(({ typeName }) => anyJson.has(typeName));
    holdsValues.set(type, holds);
  }
  if (!holds || !mayBeHuge(text)) return;
  JSON.parse(text, (_, value: unknown) => {
    if (typeof value === "number" && !Number.isFinite(value)) throw new Error("a number is out of range");
    return value;
  });
}

/**
 * protobuf-es takes the double that is nearest to a number for a 64-bit integer.
 *
 * @throws Error for a number in such a field that no double holds
 */
export function checkIntegers(type: DescMessage, text: string): void {
  const inexact = inexactIntegers(text);
  if (inexact !== undefined) new IntegerWalk(inexact).message(type, JSON.parse(text) as JsonValue);
}

/** Whether JSON.parse may make a number of it infinite: one has an exponent of three digits then, or hundreds of digits. */
function mayBeHuge(text: string): boolean {
  if (/e\+?\d\d\d/i.test(text)) return true;
  let digits = 0;
  for (let at = 0; at < text.length && digits < 300; at++) {
    const code = text.charCodeAt(at);
    digits = code >= 0x30 && code <= 0x39 ? digits + 1 : 0;
  }
  return digits === 300;
}

class TreeWalk {
  readonly limit: number;
  weight = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  add(weight: number): void {
    this.weight += entryWeight + objectWeight + weight;
    if (this.weight > this.limit) throw tooHeavy(this.limit);
  }

  message(type: DescMessage, json: JsonValue): void {
    this.add(emptyWeight(type));
    if (typeof json !== "object" || json === null) return;
    if (anyJson.has(type.typeName)) {
      for (const item of Object.values(json)) this.value(item);
      return;
    }
    // A list is no message.
    if (Array.isArray(json)) return;
    const fields = fieldsOf(type);
    for (const name of Object.keys(json)) {
      const field = fields.get(name);
      const value = json[name];
      if (field?.message === undefined || typeof value !== "object" || value === null) continue;
      if (field.fieldKind === "message") this.message(field.message, value);
      else for (const item of Object.values(value)) this.message(field.message, item);
    }
  }

  /** A google.protobuf.Value, whose oneof may hold a list or a map. */
  value(json: JsonValue): void {
    this.add(48);
    if (typeof json !== "object" || json === null) return;
    this.add(Array.isArray(json) ? 24 : 64);
    for (const item of Object.values(json)) this.value(item);
  }
}

class IntegerWalk {
  readonly inexact: ReadonlySet<number>;

  constructor(inexact: ReadonlySet<number>) {
    this.inexact = inexact;
  }

  message(type: DescMessage, json: JsonValue): void {
    if (longValues.has(type.typeName)) checkExact(json, this.inexact);
    if (typeof json !== "object" || json === null || Array.isArray(json)) return;
    const fields = fieldsOf(type);
    for (const name of Object.keys(json)) {
      const field = fields.get(name);
      const value = json[name];
      if (field === undefined || value === undefined) continue;
      const values = field.fieldKind === "list" || field.fieldKind === "map" ? Object.values(value ?? {}) : [value];
      for (const item of values as JsonValue[]) {
        if (field.message !== undefined) this.message(field.message, item);
        else if (field.scalar !== undefined && longs.has(field.scalar)) checkExact(item, this.inexact);
      }
    }
  }
}

const longs: ReadonlySet<number> = new Set([
  ScalarType.INT64,
  ScalarType.UINT64,
  ScalarType.FIXED64,
  ScalarType.SFIXED64,
  ScalarType.SINT64,
]);
const longValues: ReadonlySet<string> = new Set(["google.protobuf.Int64Value", "google.protobuf.UInt64Value"]);

/** What holds values of JSON, each a message. */
const anyJson: ReadonlySet<string> = new Set([
  "google.protobuf.Struct",
  "google.protobuf.ListValue",
  "google.protobuf.Value",
]);

function fieldsOf(type: DescMessage): ReadonlyMap<string, DescField> {
  let fields = fieldsOfTypes.get(type);
  if (fields === undefined) {
    fields = new Map(type.fields.flatMap((field) => [[field.name, field] as const, [field.jsonName, field] as const]));
    fieldsOfTypes.set(type, fields);
  }
  return fields;
}
