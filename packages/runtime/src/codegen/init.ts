import { isObject } from "../check-options.js";

/** A oneof, as generated code uses it: it knows the type of the value by the case. */
export interface Choice {
  readonly case: string | undefined;
  readonly value?: unknown;
}

/**
 * A message, as generated code uses it: it knows the types of the members. TypeScript would spend a lot of memory on looking
 * into each message, and on narrowing its oneofs to each of their cases time that grows with the cube of their number.
 */
// biome-ignore lint/suspicious/noExplicitAny: nothing else has members of all names and types
export type Fields = any;

/** Whether a value is what a message is made from, and not that message, nor what cannot become one. */
export function isInit(value: unknown, typeName: string): value is object {
  return isObject(value) && (value as { readonly $typeName?: unknown }).$typeName !== typeName;
}

/** What makes the value of a member of what an init shape has for it. */
export interface Converter {
  nested(init: unknown): unknown;
}

/** The members of an init shape by their names, with what converts them. */
export type Converters = readonly (readonly [name: string, convert: Converter["nested"] | undefined])[];

/** The bytes of a field may be given as an array of numbers. */
export function initBytes(value: unknown): Uint8Array {
  return Array.isArray(value) ? new Uint8Array(value as number[]) : (value as Uint8Array);
}

export const bytesInit: Converter = { nested: initBytes };

/** The items of a repeated field, each converted. */
export function listInit({ nested }: Converter): Converter {
  return {
    nested: (value) => (Array.isArray(value) ? (value as unknown[]).map((item) => nested(item)) : value),
  };
}

/** The entries of a map field, their values converted. */
export function mapInit({ nested }: Converter): Converter {
  return {
    nested(value) {
      if (!isObject(value)) return value;
      const map = {};
      for (const [key, item] of Object.entries(value)) setEntry(map, key, nested(item));
      return map;
    },
  };
}

/** Sets an entry of a map whose key may be anything, `__proto__` as well. */
export function setEntry(map: object, key: string | number | bigint | boolean, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    const name = typeof key === "string" || typeof key === "number" ? key : String(key);
    (map as { [key: string | number]: unknown })[name] = value;
  }
}

/** Whether a 64-bit integer without presence has its default. */
export function isZero(value: bigint | string | number): boolean {
  return typeof value === "bigint" ? value === 0n : Number(value) === 0;
}

/** The default of 64-bit integers. */
export const zero: bigint = 0n;

/** A 64-bit integer from its digits. */
export function long(digits: string): bigint {
  return BigInt(digits);
}

/** Whether a floating-point field without presence has its default: -0 is another value. */
export function isPositiveZero(value: number): boolean {
  return Object.is(value, 0);
}

/** A message whose defaults are on its prototype, so that presence can be told. */
export function inherit(defaults: object, typeName: string): Fields {
  const message = Object.create(defaults);
  message.$typeName = typeName;
  return message;
}

/** Whether a field with presence is set. */
export function has<T extends object>(message: T, name: keyof T): boolean {
  return message[name] !== undefined && Object.hasOwn(message, name);
}

/** A default that generated code cannot name: a message may be called NaN. */
export const notANumber: number = Number.NaN;

/** The default of bytes. */
export const noBytes: Uint8Array = /* @__PURE__ */ new Uint8Array(0);
