import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { Any, Duration, FieldMask, ListValue, Struct, Timestamp, Value } from "@bufbuild/protobuf/wkt";
import type { JsonOptions } from "../message/message-codec.js";
import { checkType } from "./generated-codec.js";
import { setEntry } from "./init.js";
import { type JsonReader, kindOf, quoted, withoutReflection } from "./json-reader.js";

// The well-known types that have JSON of their own. https://protobuf.dev/programming-guides/json/

export function anyToJson(any: Any, options: JsonOptions): JsonValue {
  check(any, "google.protobuf.Any");
  if (any.typeUrl === "") return {};
  const { registry, reflection } = options;
  if (registry === undefined) throw new Error(`${quoted(any.typeUrl)} is not in the type registry`);
  if (reflection === undefined) throw withoutReflection("google.protobuf.Any");
  return reflection.toJson(reflection.any, any as never, options);
}

export function anyFromJson(json: JsonValue, reader: JsonReader): Any {
  const { registry, reflection } = reader.options;
  if (registry === undefined || reflection === undefined) {
    reader.enter("google.protobuf.Any");
    if (typeof json !== "object" || json === null || Array.isArray(json)) throw unfit("google.protobuf.Any", json);
    if (Object.keys(json).length > 0) {
      if (registry === undefined) throw new Error("the type of a google.protobuf.Any is not in the type registry");
      throw withoutReflection("google.protobuf.Any");
    }
    reader.leave();
    return { $typeName: "google.protobuf.Any", typeUrl: "", value: new Uint8Array(0) };
  }
  return reflection.fromJson(reflection.any, json, reader.nested()) as unknown as Any;
}

const minSeconds = -62_135_596_800;
const maxSeconds = 253_402_300_799;

export function timestampToJson(timestamp: Timestamp): JsonValue {
  check(timestamp, "google.protobuf.Timestamp");
  const seconds = Number(timestamp.seconds);
  const { nanos } = timestamp;
  if (seconds < minSeconds || seconds > maxSeconds) throw outOfRange("google.protobuf.Timestamp");
  if (nanos < 0 || nanos > 999_999_999) throw outOfRange("google.protobuf.Timestamp");
  return new Date(seconds * 1000).toISOString().replace(".000Z", nanos > 0 ? `.${fraction(nanos)}Z` : "Z");
}

/** https://www.rfc-editor.org/rfc/rfc3339 */
const rfc3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

export function timestampFromJson(json: JsonValue, reader: JsonReader): Timestamp {
  reader.enter("google.protobuf.Timestamp");
  const [, time, digits, zone] = (typeof json === "string" ? rfc3339.exec(json) : null) ?? [];
  const ms = Date.parse(`${time}${zone}`);
  if (Number.isNaN(ms)) throw unfit("google.protobuf.Timestamp", json);
  if (ms < minSeconds * 1000 || ms > maxSeconds * 1000) throw outOfRange("google.protobuf.Timestamp");
  reader.leave();
  return {
    $typeName: "google.protobuf.Timestamp",
    seconds: BigInt(ms / 1000),
    nanos: digits === undefined ? 0 : Number(digits.padEnd(9, "0")),
  };
}

/** Some 10,000 years. */
const longest = 315_576_000_000;

export function durationToJson(duration: Duration): JsonValue {
  check(duration, "google.protobuf.Duration");
  const seconds = Number(duration.seconds);
  const { nanos } = duration;
  if (seconds > longest || seconds < -longest || Math.abs(nanos) > 999_999_999) {
    throw outOfRange("google.protobuf.Duration");
  }
  if ((seconds > 0 && nanos < 0) || (seconds < 0 && nanos > 0)) {
    throw new Error("google.protobuf.Duration: nanos and seconds have different signs");
  }
  const sign = seconds === 0 && nanos < 0 ? "-" : "";
  return `${sign}${duration.seconds}${nanos === 0 ? "" : `.${fraction(Math.abs(nanos))}`}s`;
}

export function durationFromJson(json: JsonValue, reader: JsonReader): Duration {
  reader.enter("google.protobuf.Duration");
  const match = typeof json === "string" ? /^(-?\d+)(?:\.(\d{1,9}))?s$/.exec(json) : null;
  if (match === null) throw unfit("google.protobuf.Duration", json);
  const [, whole = "", digits = ""] = match;
  const seconds = Number(whole);
  if (seconds > longest || seconds < -longest) throw outOfRange("google.protobuf.Duration");
  reader.leave();
  const nanos = Number(digits.padEnd(9, "0"));
  return {
    $typeName: "google.protobuf.Duration",
    seconds: BigInt(seconds),
    // Not -0.
    nanos: nanos !== 0 && whole.startsWith("-") ? -nanos : nanos,
  };
}

export function fieldMaskToJson(mask: FieldMask): JsonValue {
  check(mask, "google.protobuf.FieldMask");
  const paths = mask.paths.map((path) => {
    const camel = path.replaceAll(/_+([^_]?)/g, (_, next: string) => next.toUpperCase());
    if (snakeCase(camel) !== path) throw new Error(`google.protobuf.FieldMask: ${quoted(path)} is not in snake_case`);
    return camel;
  });
  return paths.join(",");
}

export function fieldMaskFromJson(json: JsonValue, reader: JsonReader): FieldMask {
  reader.enter("google.protobuf.FieldMask");
  if (typeof json !== "string" || json.includes("_")) throw unfit("google.protobuf.FieldMask", json);
  reader.leave();
  return { $typeName: "google.protobuf.FieldMask", paths: json === "" ? [] : json.split(",").map(snakeCase) };
}

function snakeCase(path: string): string {
  return path.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function structToJson(struct: Struct): JsonValue {
  check(struct, "google.protobuf.Struct");
  const json: JsonObject = {};
  for (const [key, value] of Object.entries(struct.fields)) setEntry(json, key, valueToJson(value));
  return json;
}

export function valueToJson({ $typeName, kind }: Value): JsonValue {
  checkType($typeName, "google.protobuf.Value");
  switch (kind.case) {
    case "nullValue":
      return null;
    case "structValue":
      return structToJson(kind.value);
    case "listValue":
      return listValueToJson(kind.value);
    case undefined:
      throw new Error("google.protobuf.Value must have a value");
    default:
      if (kind.case === "numberValue" && !Number.isFinite(kind.value)) throw outOfRange("google.protobuf.Value");
      return kind.value;
  }
}

export function listValueToJson(list: ListValue): JsonValue {
  check(list, "google.protobuf.ListValue");
  return list.values.map((value) => valueToJson(value));
}

export function structFromJson(json: JsonValue, reader: JsonReader): Struct {
  reader.object(json, "google.protobuf.Struct", 64);
  const struct = readStruct(json as JsonObject, reader);
  reader.leave();
  return struct;
}

export function valueFromJson(json: JsonValue, reader: JsonReader): Value {
  reader.enter("google.protobuf.Value", 48);
  const value = readValue(json, reader);
  reader.leave();
  return value;
}

export function listValueFromJson(json: JsonValue, reader: JsonReader): ListValue {
  reader.enter("google.protobuf.ListValue", 24);
  if (!Array.isArray(json)) throw unfit("google.protobuf.ListValue", json);
  const list = readList(json, reader);
  reader.leave();
  return list;
}

// Structs and lists in values are not counted, only values are: as in protobuf-es.
function readValue(json: JsonValue, reader: JsonReader): Value {
  reader.enter("google.protobuf.Value", 48);
  const value: Value = { $typeName: "google.protobuf.Value", kind: kindOfValue(json, reader) };
  reader.leave();
  return value;
}

function kindOfValue(json: JsonValue, reader: JsonReader): Value["kind"] {
  switch (typeof json) {
    case "number":
      // 1e999: JSON has no such number to answer with.
      if (!Number.isFinite(json)) throw outOfRange("google.protobuf.Value");
      return { case: "numberValue", value: json };
    case "string":
      return { case: "stringValue", value: json };
    case "boolean":
      return { case: "boolValue", value: json };
    default:
      if (json === null) return { case: "nullValue", value: 0 };
      if (Array.isArray(json)) return { case: "listValue", value: readList(json, reader) };
      return { case: "structValue", value: readStruct(json, reader) };
  }
}

function readStruct(json: JsonObject, reader: JsonReader): Struct {
  const fields: Struct["fields"] = {};
  for (const [key, value] of Object.entries(json)) setEntry(fields, key, readValue(value, reader));
  return { $typeName: "google.protobuf.Struct", fields };
}

function readList(json: readonly JsonValue[], reader: JsonReader): ListValue {
  return { $typeName: "google.protobuf.ListValue", values: json.map((item) => readValue(item, reader)) };
}

/** Nanoseconds as 3, 6 or 9 digits. */
function fraction(nanos: number): string {
  return String(nanos)
    .padStart(9, "0")
    .replace(/(000){1,2}$/, "");
}

function check(message: { readonly $typeName: string }, typeName: string): void {
  checkType(message.$typeName, typeName);
}

function unfit(typeName: string, json: JsonValue): Error {
  return new Error(`expected a ${typeName}, got ${typeof json === "string" ? quoted(json) : kindOf(json)}`);
}

function outOfRange(typeName: string): Error {
  return new Error(`${typeName}: out of range`);
}
