import { kindOf, quoted } from "./json-reader.js";
import type { JsonType } from "./json-type.js";
import { quote } from "./json-write.js";

/**
 * Makes what stands for an enum in JSON.
 *
 * @param values - `A B=5 C +D=1`: the names by which numbers are written, each one more than the one before where it is
 *   not said; then, with `+`, further names that are read. The first one is the default.
 * @param isClosed - whether other numbers are refused
 */
export function jsonEnum(typeName: string, values: string, isClosed = false): JsonType {
  let table: ReturnType<typeof tableOf> | undefined;
  return {
    toText(value: number, options) {
      if (typeof value !== "number") throw new Error(`${typeName}: expected a number, got ${kindOf(value)}`);
      table ??= tableOf(values);
      const name = options.enumAsInteger === true ? undefined : table.names.get(value);
      // A number without name stays one.
      return name === undefined ? JSON.stringify(value) : quote(name);
    },
    fromJson(json, reader) {
      table ??= tableOf(values);
      if (json === null) return table.zero;
      if (typeof json === "string") {
        const number = table.numbers.get(json);
        if (number !== undefined) return number;
        if (reader.options.ignoreUnknownFields === true) return undefined;
      } else if (Number.isInteger(json)) {
        const number = json as number;
        if (isClosed ? table.names.has(number) : (number | 0) === number) return number;
      }
      throw new Error(`${typeName} has no value ${typeof json === "string" ? quoted(json) : kindOf(json)}`);
    },
    isDefault(value: unknown) {
      table ??= tableOf(values);
      return value === table.zero;
    },
  };
}

/** google.protobuf.NullValue */
export function jsonNull(desc: JsonType): JsonType {
  return {
    ...desc,
    isNullable: true,
    toText(value: number) {
      if (typeof value !== "number") throw new Error(`expected a number, got ${kindOf(value)}`);
      return "null";
    },
  };
}

function tableOf(values: string): {
  readonly zero: number;
  readonly names: ReadonlyMap<number, string>;
  readonly numbers: ReadonlyMap<string, number>;
} {
  const names = new Map<number, string>();
  const numbers = new Map<string, number>();
  let next = 0;
  let zero: number | undefined;
  for (const word of values.split(" ")) {
    const [text = "", digits] = word.split("=");
    const number = digits === undefined ? next : Number(digits);
    const isOther = text.startsWith("+");
    const name = decodeURIComponent(isOther ? text.slice(1) : text);
    numbers.set(name, number);
    if (!isOther) names.set(number, name);
    zero ??= number;
    next = number + 1;
  }
  return { zero: zero ?? 0, names, numbers };
}
