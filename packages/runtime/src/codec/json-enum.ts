import type { JsonValue } from "@bufbuild/protobuf";
import type { JsonOptions } from "../message/message-codec.js";
import { type JsonReader, kindOf, quoted } from "./json-reader.js";

/** What JSON needs to know of an enum. */
export interface JsonEnum {
  readonly typeName: string;
  readonly open: boolean;
  readonly zero: number;
  readonly names: ReadonlyMap<number, string>;
  readonly numbers: ReadonlyMap<string, number>;
}

/**
 * Makes what JSON needs to know of an enum.
 *
 * @param names - the name that is written, by number
 * @param others - further names that are read
 */
export function jsonEnum(
  typeName: string,
  open: boolean,
  zero: number,
  names: readonly (readonly [number: number, name: string])[],
  others: readonly (readonly [name: string, number: number])[] = [],
): JsonEnum {
  const numbers = new Map<string, number>();
  for (const [number, name] of names) numbers.set(name, number);
  for (const [name, number] of others) numbers.set(name, number);
  return { typeName, open, zero, names: new Map(names), numbers };
}

export function enumToJson(desc: JsonEnum, value: number, options: JsonOptions): JsonValue {
  if (typeof value !== "number") throw new Error(`${desc.typeName}: expected a number, got ${kindOf(value)}`);
  // A number without name stays one.
  return options.enumAsInteger === true ? value : (desc.names.get(value) ?? value);
}

/** google.protobuf.NullValue */
export function nullToJson(value: number): JsonValue {
  if (typeof value !== "number") throw new Error(`expected a number, got ${kindOf(value)}`);
  return null;
}

/** The number of a value; `undefined` is a name that is ignored. */
export function enumFromJson(desc: JsonEnum, json: JsonValue, reader: JsonReader): number | undefined {
  if (json === null) return desc.zero;
  if (typeof json === "string") {
    const number = desc.numbers.get(json);
    if (number !== undefined) return number;
    if (reader.options.ignoreUnknownFields === true) return undefined;
  } else if (Number.isInteger(json)) {
    const number = json as number;
    if (desc.open ? (number | 0) === number : desc.names.has(number)) return number;
  }
  throw new Error(`${desc.typeName} has no value ${typeof json === "string" ? quoted(json) : kindOf(json)}`);
}
