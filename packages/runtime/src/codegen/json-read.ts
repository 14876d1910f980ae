import type { JsonValue } from "@bufbuild/protobuf";
import { decodeBase64 } from "../http/base64.js";
import { joinBytes } from "../http/bytes.js";
import { checkExact } from "../message/inexact-integers.js";
import { setEntry } from "./init.js";
import { type JsonReader, kindOf } from "./json-reader.js";
import type { JsonType } from "./json-type.js";

// What a field's type does not take throws. https://protobuf.dev/programming-guides/json/

export function int32FromJson(json: JsonValue): number {
  const number = numberOf(json);
  if (typeof number !== "number" || (number | 0) !== number) throw unfit("int32", json);
  // Not -0.
  return number | 0;
}

export function uint32FromJson(json: JsonValue): number {
  const number = numberOf(json);
  if (typeof number !== "number" || number >>> 0 !== number) throw unfit("uint32", json);
  return number >>> 0;
}

export function doubleFromJson(json: JsonValue): number {
  if (json === "NaN") return Number.NaN;
  if (json === "Infinity") return Number.POSITIVE_INFINITY;
  if (json === "-Infinity") return Number.NEGATIVE_INFINITY;
  const number = numberOf(json);
  // Other words for them, and numbers that are too large.
  if (typeof number !== "number" || !Number.isFinite(number)) throw unfit("double", json);
  return number;
}

export function floatFromJson(json: JsonValue): number {
  const number = doubleFromJson(json);
  // Too large is what would become infinite.
  if (Number.isFinite(number) && !Number.isFinite(Math.fround(number))) throw unfit("float", json);
  return number;
}

export function int64FromJson(json: JsonValue): bigint {
  const long = longOf(json);
  if (long === undefined || BigInt.asIntN(64, long) !== long) throw unfit("int64", json);
  return long;
}

export function uint64FromJson(json: JsonValue): bigint {
  const long = longOf(json);
  if (long === undefined || BigInt.asUintN(64, long) !== long) throw unfit("uint64", json);
  return long;
}

/** With `jstype = JS_STRING`: the digits as they stand there. */
export function int64DigitsFromJson(json: JsonValue): string {
  int64FromJson(json);
  return String(json);
}

export function uint64DigitsFromJson(json: JsonValue): string {
  uint64FromJson(json);
  return String(json);
}

export function boolFromJson(json: JsonValue): boolean {
  if (typeof json !== "boolean") throw unfit("bool", json);
  return json;
}

export function stringFromJson(json: JsonValue): string {
  if (typeof json !== "string") throw unfit("string", json);
  if (!isWellFormed(json)) throw new Error("a string is not well-formed");
  return json;
}

export function bytesFromJson(json: JsonValue): Uint8Array {
  if (typeof json !== "string") throw unfit("bytes", json);
  return decodeBase64(json) ?? decodeBase64Parts(json);
}

/** What `type` gives no value for is left out. */
export function listFromJson(json: JsonValue, type: JsonType, reader: JsonReader): unknown[] {
  if (!Array.isArray(json)) throw new Error(`expected an array, got ${kindOf(json)}`);
  const items: unknown[] = [];
  for (const item of json) {
    if (item === null && type.isNullable !== true) throw new Error("an item of a list must not be null");
    const value = type.fromJson(item, reader);
    if (value !== undefined) items.push(value);
  }
  return items;
}

export function mapFromJson(json: JsonValue, keyFromJson: JsonKey, type: JsonType, reader: JsonReader): object {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new Error(`expected an object, got ${kindOf(json)}`);
  }
  const map = {};
  const keys = new Set<unknown>();
  for (const name of Object.keys(json)) {
    const key = keyFromJson(name);
    if (keys.has(key)) throw new Error("a map has two entries with the same key");
    keys.add(key);
    const item = json[name] as JsonValue;
    if (item === null && type.isNullable !== true) throw new Error("a value of a map must not be null");
    const value = type.fromJson(item, reader);
    if (value !== undefined) setEntry(map, key, value);
  }
  return map;
}

/** Reads the key of a map. */
export type JsonKey = (name: string) => string | number | boolean;

export function stringKeyFromJson(name: string): string {
  return stringFromJson(name);
}

export function boolKeyFromJson(name: string): boolean {
  if (name !== "true" && name !== "false") throw unfit("key of type bool", name);
  return name === "true";
}

export function int64KeyFromJson(name: string): string {
  const digits = canonicalDigits(name);
  int64FromJson(digits);
  return digits;
}

export function uint64KeyFromJson(name: string): string {
  const digits = canonicalDigits(name);
  uint64FromJson(digits);
  return digits;
}

/** Half a pair of surrogates is no text. */
function isWellFormed(text: string): boolean {
  // Node 20 has the method, ES2022 has not.
  return (text as { isWellFormed?: () => boolean }).isWellFormed?.() ?? !/\p{Surrogate}/u.test(text);
}

/** "01" and "1" are one key. */
function canonicalDigits(name: string): string {
  return /^-?0+$/.test(name) ? "0" : name.replace(/^(-?)0+(?=\d)/, "$1");
}

/** Numbers may be strings; these must have no space around them. */
function numberOf(json: JsonValue): JsonValue {
  return typeof json === "string" && json !== "" && json.trim() === json ? Number(json) : json;
}

/** No number of 64 bits needs more characters; to read one of 4 MiB takes seconds. */
const longestLong = 64;

function longOf(json: JsonValue): bigint | undefined {
  if (typeof json !== "number" && (typeof json !== "string" || json === "" || json.length > longestLong)) {
    return undefined;
  }
  checkExact(json);
  try {
    return BigInt(json);
  } catch {
    return undefined;
  }
}

/** Base64 with space in it, or in several parts with padding each. As protobuf-es does, it drops a character that is left over before padding. */
function decodeBase64Parts(text: string): Uint8Array {
  const parts = text.replaceAll(/[ \n\r\t]/g, "").split(/=+/);
  const decoded = parts.map((part, i) => {
    const rest = part.length % 4 === 1 && i < parts.length - 1 ? 1 : 0;
    const bytes = decodeBase64(part.slice(0, part.length - rest));
    if (bytes === undefined || (rest === 1 && !/[\w+/-]$/.test(part))) throw new Error("expected base64");
    return bytes;
  });
  return joinBytes(decoded);
}

function unfit(type: string, json: JsonValue): Error {
  return new Error(`expected a ${type}, got ${kindOf(json)}`);
}
