import type { JsonObject, JsonValue, Message } from "@bufbuild/protobuf";
import { encodeBase64Unpadded } from "../http/base64.js";
import type { JsonOptions } from "../message/message-codec.js";
import { setEntry } from "./init.js";
import { kindOf, withoutReflection } from "./json-reader.js";
import type { Long } from "./write-scalar.js";

// What is not of its type throws, as it does in protobuf-es. https://protobuf.dev/programming-guides/json/

/** Integers of 32 bits. */
export function intToJson(value: number): JsonValue {
  return typeof value === "number" ? value : expected("a number", value);
}

export function floatToJson(value: number): JsonValue {
  if (Number.isFinite(value)) return value;
  return typeof value === "number" ? String(value) : expected("a number", value);
}

export function longToJson(value: Long): JsonValue {
  if (typeof value === "bigint" || typeof value === "string" || Number.isInteger(value)) return String(value);
  return expected("a bigint", value);
}

export function boolToJson(value: boolean): JsonValue {
  return typeof value === "boolean" ? value : expected("a boolean", value);
}

export function stringToJson(value: string): JsonValue {
  return typeof value === "string" ? value : expected("a string", value);
}

export function bytesToJson(value: Uint8Array): JsonValue {
  if (!ArrayBuffer.isView(value)) return expected("a Uint8Array", value);
  const text = encodeBase64Unpadded(value);
  return text.padEnd(Math.ceil(text.length / 4) * 4, "=");
}

export function listToJson<T>(
  items: readonly T[],
  toJson: (item: T, options: JsonOptions) => JsonValue,
  options: JsonOptions,
): JsonValue {
  return items.map((item) => toJson(item, options));
}

export function mapToJson<T>(
  map: { readonly [key: number]: T },
  toJson: (item: T, options: JsonOptions) => JsonValue,
  options: JsonOptions,
): JsonValue {
  const json: JsonObject = {};
  for (const key of Object.keys(map))
    setEntry(json, key, toJson((map as { readonly [key: string]: T })[key] as T, options));
  return json;
}

/** Whether a map has entries. */
export function hasEntries(map: object): boolean {
  for (const key in map) if (Object.hasOwn(map, key)) return true;
  return false;
}

/** The JSON of a message with extensions that the registry knows: protobuf-es writes it. Otherwise `undefined`. */
export function extendedToJson(message: Message, options: JsonOptions): JsonObject | undefined {
  const { registry, reflection } = options;
  if (registry === undefined || message.$unknown === undefined) return undefined;
  for (const { no } of message.$unknown) {
    const extension = registry.getExtensionFor({ typeName: message.$typeName } as never, no);
    if (extension === undefined) continue;
    if (reflection === undefined) throw withoutReflection(`the extension ${extension.typeName}`);
    return reflection.toJson(extension.extendee, message, options) as JsonObject;
  }
  return undefined;
}

function expected(what: string, value: unknown): never {
  throw new Error(`expected ${what}, got ${kindOf(value)}`);
}
