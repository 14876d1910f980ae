import { type DescEnum, type DescField, fromJson, type JsonValue, ScalarType } from "@bufbuild/protobuf";
import { type ReflectList, type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { base64Decode } from "@bufbuild/protobuf/wire";
import { ConnectError } from "@connect-ts/runtime";

/**
 * Sets a field of a message to what a path or a query has for it.
 *
 * @param name - how the request calls it
 * @throws ConnectError `invalid_argument` when it is not of the field's type
 */
export function setField(
  message: ReflectMessage,
  path: readonly DescField[],
  name: string,
  values: readonly string[],
): void {
  let at = message;
  for (const field of path.slice(0, -1)) {
    checkOneof(at, field, name);
    const inner = at.get(field) as ReflectMessage;
    if (!at.isSet(field)) at.set(field, inner);
    at = inner;
  }
  const field = path.at(-1) as DescField;
  checkOneof(at, field, name);
  if (field.fieldKind === "list") {
    const list = at.get(field) as ReflectList;
    for (const value of values) guarded(name, value, () => list.add(parse(field, value)));
    return;
  }
  const [value = ""] = values;
  if (values.length > 1) throw invalid(`the parameter "${name}" is given ${values.length} times, and takes one value`);
  guarded(name, value, () => at.set(field, parse(field, value)));
}

function checkOneof(message: ReflectMessage, { oneof, name: own }: DescField, name: string): void {
  const other = oneof === undefined ? undefined : message.oneofCase(oneof);
  if (other === undefined || other.name === own) return;
  throw invalid(`the parameters "${name}" and "${other.name}" exclude each other`);
}

function guarded(name: string, value: string, set: () => void): void {
  try {
    set();
  } catch (cause) {
    const found = JSON.stringify(value.length > 64 ? `${value.slice(0, 64)}…` : value);
    throw new ConnectError("invalid_argument", `the parameter "${name}" cannot be ${found}`, { cause });
  }
}

function parse(field: DescField, value: string): unknown {
  if (field.enum !== undefined) return parseEnum(field.enum, value);
  if (field.message !== undefined) {
    const isBool = field.message.typeName === "google.protobuf.BoolValue";
    const json: JsonValue = isBool ? parseScalar(ScalarType.BOOL, value) === true : value;
    return reflect(field.message, fromJson(field.message, json));
  }
  return parseScalar(field.scalar as ScalarType, value);
}

function parseEnum({ values, open }: DescEnum, value: string): number {
  const named = values.find(({ name }) => name === value);
  if (named !== undefined) return named.number;
  const number = wholeNumber(value);
  if (!open && !values.some((one) => one.number === number)) throw new RangeError("not a value of the enum");
  return number;
}

function parseScalar(type: ScalarType, value: string): unknown {
  switch (type) {
    case ScalarType.STRING:
      return value;
    case ScalarType.BOOL:
      if (value === "true") return true;
      if (value === "false") return false;
      throw new TypeError("expected true or false");
    case ScalarType.BYTES:
      return base64Decode(value);
    case ScalarType.FLOAT:
    case ScalarType.DOUBLE:
      return floatingPoint(value);
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      // Longer ones are out of range, and to parse them takes time.
      if (!/^-?\d{1,20}$/.test(value)) throw new TypeError("expected a whole number");
      return BigInt(value);
    default:
      return wholeNumber(value);
  }
}

function wholeNumber(value: string): number {
  if (!/^-?\d{1,10}$/.test(value)) throw new TypeError("expected a whole number");
  return Number(value);
}

function floatingPoint(value: string): number {
  if (value === "NaN") return Number.NaN;
  if (/^-?Infinity$/.test(value) || /^-?\d{1,400}(\.\d{0,400})?([eE][+-]?\d{1,5})?$/.test(value)) return Number(value);
  throw new TypeError("expected a number");
}

export function invalid(message: string): ConnectError {
  return new ConnectError("invalid_argument", message);
}
