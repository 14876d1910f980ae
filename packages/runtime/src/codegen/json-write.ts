import { encodeBase64Unpadded } from "../http/base64.js";
import type { JsonOptions } from "../message/message-codec.js";
import { kindOf } from "./json-reader.js";
import type { JsonType } from "./json-type.js";
import type { Long } from "./write-scalar.js";

// What is not of its type throws, as it does in protobuf-es. https://protobuf.dev/programming-guides/json/
// JSON is written as text at once: to make objects and let JSON.stringify go through them takes half as long again.

/** A string as JSON. Most have nothing to escape: then `JSON.stringify` takes twice as long. */
export function quote(text: string): string {
  return /[^ !#-[\]-\ud7ff]/.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** Integers of 32 bits. */
export function intToText(value: number): string {
  if (Number.isFinite(value)) return `${value}`;
  return typeof value === "number" ? "null" : expected("a number", value);
}

export function floatToText(value: number): string {
  if (Number.isFinite(value)) return `${value}`;
  return typeof value === "number" ? `"${value}"` : expected("a number", value);
}

export function longToText(value: Long): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "bigint" || Number.isInteger(value)) return `"${value}"`;
  return expected("a bigint", value);
}

export function boolToText(value: boolean): string {
  return typeof value === "boolean" ? `${value}` : expected("a boolean", value);
}

export function stringToText(value: string): string {
  return typeof value === "string" ? quote(value) : expected("a string", value);
}

export function bytesToText(value: Uint8Array): string {
  if (!ArrayBuffer.isView(value)) return expected("a Uint8Array", value);
  const text = encodeBase64Unpadded(value);
  return `"${text.padEnd(Math.ceil(text.length / 4) * 4, "=")}"`;
}

export function listToText(items: readonly never[], type: JsonType, options: JsonOptions): string {
  let text = "";
  for (const item of items) text += `${text === "" ? "[" : ","}${type.toText(item, options)}`;
  return text === "" ? "[]" : `${text}]`;
}

export function mapToText(map: { readonly [key: string]: never }, type: JsonType, options: JsonOptions): string {
  let text = "";
  for (const key of Object.keys(map)) {
    text += `${text === "" ? "{" : ","}${quote(key)}:${type.toText(map[key] as never, options)}`;
  }
  return text === "" ? "{}" : `${text}}`;
}

/** Whether a map has entries. */
export function hasEntries(map: object): boolean {
  for (const key in map) if (Object.hasOwn(map, key)) return true;
  return false;
}

function expected(what: string, value: unknown): never {
  throw new Error(`expected ${what}, got ${kindOf(value)}`);
}
