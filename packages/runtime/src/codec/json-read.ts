import type { JsonValue } from "@bufbuild/protobuf";
import { decodeBase64 } from "../http/base64.js";
import { setEntry } from "./init.js";
import { type JsonReader, kindOf } from "./json-reader.js";

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

/** Reads a list into an empty one. What `fromJson` gives no value for is left out. */
export function listFromJson<T>(
  items: T[],
  json: JsonValue,
  fromJson: (json: JsonValue, reader: JsonReader) => T | undefined,
  reader: JsonReader,
  nullable = false,
): void {
  if (json === null) return;
  if (!Array.isArray(json)) throw new Error(`expected an array, got ${kindOf(json)}`);
  for (const item of json) {
    if (item === null && !nullable) throw new Error("an item of a list must not be null");
    const value = fromJson(item, reader);
    if (value !== undefined) items.push(value);
  }
}

/** Reads a map into an empty one. */
export function mapFromJson<T>(
  map: { readonly [key: number]: T },
  json: JsonValue,
  keyFromJson: (name: string) => string | number | boolean,
  fromJson: (json: JsonValue, reader: JsonReader) => T | undefined,
  reader: JsonReader,
  nullable = false,
): void {
  if (json === null) return;
  if (typeof json !== "object" || Array.isArray(json)) throw new Error(`expected an object, got ${kindOf(json)}`);
  const keys = new Set<unknown>();
  for (const name of Object.keys(json)) {
    const key = keyFromJson(name);
    if (keys.has(key)) throw new Error("a map has two entries of one key");
    keys.add(key);
    const item = json[name] as JsonValue;
    if (item === null && !nullable) throw new Error("a value of a map must not be null");
    const value = fromJson(item, reader);
    if (value !== undefined) setEntry(map, key, value);
  }
}

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

function longOf(json: JsonValue): bigint | undefined {
  if (typeof json !== "number" && (typeof json !== "string" || json === "")) return undefined;
  try {
    return BigInt(json);
  } catch {
    return undefined;
  }
}

/** Base64 with space in it, or in several parts with padding each. */
function decodeBase64Parts(text: string): Uint8Array {
  const parts = text.replaceAll(/[ \n\r\t]/g, "").split(/=+/);
  const decoded = parts.map((part, i) => {
    const rest = part.length % 4 === 1 && i < parts.length - 1 ? 1 : 0;
    return decodeBase64(part.slice(0, part.length - rest));
  });
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (const part of decoded) {
    if (part === undefined) throw new Error("expected base64");
    bytes.set(part, length);
    length += part.length;
  }
  return bytes.slice(0, length);
}

function unfit(type: string, json: JsonValue): Error {
  return new Error(`no ${type}: ${kindOf(json)}`);
}
