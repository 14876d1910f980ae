import {
  type DescField,
  type DescMessage,
  type Message,
  type MessageShape,
  ScalarType,
  toBinary,
} from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import { type BinaryWriter, fork, join } from "./binary-writer.js";
import { scalarOf, wireTypeOf, zeroOf } from "./es-scalars.js";

/** A message, by the names of its fields. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Writes a message, or marks the writer as failed when a value is not exactly of its field's type: what is to
 * become of such a value, protobuf-es decides.
 */
export type WriteMessage = (writer: BinaryWriter, message: Fields) => void;

/** Field presence of the descriptors: features of editions, `FieldPresence`. */
const implicit = 2;
const legacyRequired = 3;

const lengthDelimited = 2;

const compiled = new WeakMap<DescMessage, WriteMessage>();

/** What writes messages of a type, made once. */
export function messageWriter(desc: DescMessage): WriteMessage {
  return compiled.get(desc) ?? compile(desc);
}

function compile(desc: DescMessage): WriteMessage {
  const { typeName } = desc;
  const fields: WriteMessage[] = [];
  const write: WriteMessage = desc.fields.some(isLeftToProtobufEs)
    ? (writer, message) => writer.raw(toBinary(desc, message as unknown as MessageShape<DescMessage>))
    : (writer, message) => {
        if (message.$typeName !== typeName) {
          writer.failed = true;
          return;
        }
        for (let i = 0; i < fields.length; i++) (fields[i] as WriteMessage)(writer, message);
        if (message.$unknown !== undefined) writeUnknown(writer, message.$unknown as Message["$unknown"]);
      };
  // First of all: a message type may contain itself.
  compiled.set(desc, write);
  for (const field of [...desc.fields].sort((a, b) => a.number - b.number)) fields.push(fieldWriter(field));
  return write;
}

/** What protobuf-es keeps in another form than its own messages, and what hardly anybody has. */
export function isLeftToProtobufEs(field: DescField): boolean {
  if ("delimitedEncoding" in field && field.delimitedEncoding) return true;
  if ("longAsString" in field && field.longAsString) return true;
  // A JSON object stands for a Struct, except in a Value.
  return field.message?.typeName === "google.protobuf.Struct" && field.parent.typeName !== "google.protobuf.Value";
}

function writeUnknown(writer: BinaryWriter, unknown: Message["$unknown"]): void {
  for (const { no, wireType, data } of unknown ?? []) {
    writer.uint32(((no << 3) | wireType) >>> 0);
    writer.raw(data);
  }
}

function fieldWriter(field: DescField): WriteMessage {
  const { localName } = field;
  switch (field.fieldKind) {
    case "list": {
      const write = field.listKind === "message" ? childWriter(field.message) : undefined;
      return write === undefined ? scalarList(field) : messageList(field, write);
    }
    case "map":
      return mapWriter(field);
    default: {
      const write = singularWriter(field);
      if (field.oneof !== undefined) {
        const oneof = field.oneof.localName;
        return (writer, message) => {
          const choice = message[oneof] as { readonly case: unknown; readonly value: unknown };
          if (choice.case === localName) write(writer, choice.value);
        };
      }
      if (field.presence === implicit) {
        const isZero = zeroTest(field);
        return (writer, message) => {
          const value = message[localName];
          if (!isZero(value)) write(writer, value);
        };
      }
      const required = field.presence === legacyRequired;
      return (writer, message) => {
        const value = message[localName];
        // The default of a field with presence stands on the message's prototype.
        if (value !== undefined && Object.hasOwn(message, localName)) write(writer, value);
        else if (required) writer.failed = true;
      };
    }
  }
}

/** Whether a value is the one that a field without presence has when it is not set. */
function zeroTest(field: DescField): (value: unknown) => boolean {
  if (field.fieldKind === "enum") {
    const zero = field.enum.values[0]?.number;
    return (value) => value === zero;
  }
  return zeroOf(field.scalar ?? ScalarType.STRING);
}

type WriteValue = (writer: BinaryWriter, value: unknown) => void;

/** Writes the value of a field that is set, its tag before it. */
function singularWriter(field: DescField & { readonly fieldKind: "message" | "scalar" | "enum" }): WriteValue {
  const { number } = field;
  if (field.fieldKind !== "message") {
    return tagged(number, field.fieldKind === "enum" ? ScalarType.INT32 : field.scalar);
  }
  const tag = tagOf(number, lengthDelimited);
  const write = childWriter(field.message);
  const { message } = field;
  if (field.oneof !== undefined || !isWrapperDesc(message)) return (writer, value) => write(writer, tag, value);
  // The value itself stands for its wrapper.
  const { typeName } = message;
  return (writer, value) => write(writer, tag, { $typeName: typeName, value });
}

function tagged(number: number, type: ScalarType): WriteValue {
  const tag = tagOf(number, wireTypeOf(type));
  const write = scalarOf(type);
  return (writer, value) => {
    writer.uint32(tag);
    write(writer, value);
  };
}

function childWriter(desc: DescMessage): (writer: BinaryWriter, tag: number, child: unknown) => void {
  const write = messageWriter(desc);
  return (writer, tag, child) => {
    if (typeof child !== "object" || child === null) {
      writer.failed = true;
      return;
    }
    writer.uint32(tag);
    const start = fork(writer);
    write(writer, child as Fields);
    join(writer, start);
  };
}

function messageList(field: DescField, write: ReturnType<typeof childWriter>): WriteMessage {
  const { localName } = field;
  const tag = tagOf(field.number, lengthDelimited);
  return (writer, message) => {
    const items = message[localName] as readonly unknown[];
    for (let i = 0; i < items.length; i++) write(writer, tag, items[i]);
  };
}

function scalarList(field: DescField & { readonly fieldKind: "list" }): WriteMessage {
  const { localName, number } = field;
  const type = field.listKind === "scalar" ? field.scalar : ScalarType.INT32;
  if (!field.packed) {
    const write = tagged(number, type);
    return (writer, message) => {
      const items = message[localName] as readonly unknown[];
      for (let i = 0; i < items.length; i++) write(writer, items[i]);
    };
  }
  const tag = tagOf(number, lengthDelimited);
  const write = scalarOf(type);
  return (writer, message) => {
    const items = message[localName] as readonly unknown[];
    if (items.length === 0) return;
    writer.uint32(tag);
    const start = fork(writer);
    for (let i = 0; i < items.length; i++) write(writer, items[i]);
    join(writer, start);
  };
}

function mapWriter(field: DescField & { readonly fieldKind: "map" }): WriteMessage {
  const { localName } = field;
  const tag = tagOf(field.number, lengthDelimited);
  const writeKey = tagged(1, field.mapKey);
  const keyOf = keyReader(field.mapKey);
  const value = mapValueWriter(field);
  return (writer, message) => {
    const map = message[localName] as Fields;
    for (const name of Object.keys(map)) {
      writer.uint32(tag);
      const start = fork(writer);
      writeKey(writer, keyOf(name));
      value(writer, map[name]);
      join(writer, start);
    }
  };
}

function mapValueWriter(field: DescField & { readonly fieldKind: "map" }): WriteValue {
  if (field.mapKind !== "message") return tagged(2, field.mapKind === "enum" ? ScalarType.INT32 : field.scalar);
  const tag = tagOf(2, lengthDelimited);
  const write = childWriter(field.message);
  return (writer, child) => write(writer, tag, child);
}

/** Keys of maps are strings, as all keys of objects are. A key of the wrong type stays as it is, and is refused. */
function keyReader(type: ScalarType): (name: string) => unknown {
  switch (type) {
    case ScalarType.STRING:
      return (name) => name;
    case ScalarType.BOOL:
      return (name) => (name === "true" ? true : name === "false" ? false : name);
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return (name) => (/^-?[0-9]{1,20}$/.test(name) ? BigInt(name) : name);
    default:
      return (name) => (/^-?[0-9]{1,10}$/.test(name) ? Number(name) : name);
  }
}

function tagOf(number: number, wireType: number): number {
  return ((number << 3) | wireType) >>> 0;
}
