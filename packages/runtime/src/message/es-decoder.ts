import { create, type DescField, type DescMessage, mergeFromBinary, ScalarType } from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import type { BinaryReader } from "./binary-reader.js";
import { isLeftToProtobufEs } from "./es-encoder.js";
import { wireTypeOf } from "./es-scalars.js";

type Fields = Record<string, unknown>;
type Message = ReturnType<typeof create>;

/**
 * Reads the fields of a message that ends at `end`, or marks the reader as failed when anything is not as encoders write
 * it: what is to become of that, protobuf-es decides.
 */
type ReadMessage = (reader: BinaryReader, message: Fields, end: number) => void;
type ReadField = (reader: BinaryReader, message: Fields, wireType: number) => void;
type ReadScalar = (reader: BinaryReader) => unknown;

/** As protobuf-es has it. */
const recursionLimit = 100;
const lengthDelimited = 2;
/** Fields of lower numbers are found in an array. */
const fewFields = 64;

const compiled = new WeakMap<DescMessage, ReadMessage>();

/** What reads messages of a type, made once. */
export function messageReader(desc: DescMessage): ReadMessage {
  return compiled.get(desc) ?? compile(desc);
}

function compile(desc: DescMessage): ReadMessage {
  const few: (ReadField | undefined)[] = new Array(fewFields).fill(undefined);
  const many = new Map<number, ReadField>();
  const read: ReadMessage = desc.fields.some(isLeftToProtobufEs)
    ? (reader, message, end) => {
        const { bytes, position } = reader;
        const body = new Uint8Array(bytes.buffer, bytes.byteOffset + position, end - position) as Uint8Array;
        mergeFromBinary(desc, message as unknown as Message, body, { recursionLimit: recursionLimit - reader.depth });
        reader.position = end;
      }
    : (reader, message, end) => {
        if (++reader.depth > recursionLimit) reader.failed = true;
        while (reader.position < end && !reader.failed) {
          const tag = reader.tag();
          const number = tag >>> 3;
          const readField = number < fewFields ? few[number] : many.get(number);
          if (readField !== undefined) readField(reader, message, tag & 7);
          else readUnknown(reader, message, number, tag & 7);
        }
        if (reader.position !== end) reader.failed = true;
        reader.depth--;
      };
  // First of all: a message type may contain itself.
  compiled.set(desc, read);
  for (const field of desc.fields) {
    if (field.number < fewFields) few[field.number] = fieldReader(field);
    else many.set(field.number, fieldReader(field));
  }
  return read;
}

function readUnknown(reader: BinaryReader, message: Fields, no: number, wireType: number): void {
  if (no === 0) {
    reader.failed = true;
    return;
  }
  const data = reader.skip(wireType);
  if (reader.failed) return;
  message.$unknown ??= [];
  (message.$unknown as unknown[]).push({ no, wireType, data });
}

function fieldReader(field: DescField): ReadField {
  switch (field.fieldKind) {
    case "list":
      return field.listKind === "message" ? messageListReader(field, field.message) : scalarListReader(field);
    case "map":
      return mapReader(field);
    case "message":
      return messageFieldReader(field);
    default:
      return scalarFieldReader(field);
  }
}

function scalarFieldReader(field: DescField & { readonly fieldKind: "scalar" | "enum" }): ReadField {
  const { localName } = field;
  const read = valueReader(field);
  const expected = wireTypeOf(field.fieldKind === "enum" ? ScalarType.INT32 : field.scalar);
  const oneof = field.oneof?.localName;
  if (oneof === undefined) {
    return (reader, message, wireType) => {
      if (wireType === expected) message[localName] = read(reader);
      else reader.failed = true;
    };
  }
  return (reader, message, wireType) => {
    if (wireType === expected) message[oneof] = { case: localName, value: read(reader) };
    else reader.failed = true;
  };
}

/** A message, its length before it. */
function childReader(desc: DescMessage): (reader: BinaryReader, child: Fields, wireType: number) => void {
  let read: ReadMessage | undefined;
  return (reader, child, wireType) => {
    if (wireType !== lengthDelimited) {
      reader.failed = true;
      return;
    }
    const length = reader.length();
    if (reader.failed) return;
    read ??= messageReader(desc);
    // Bounds of the messages around it are checked where these end.
    read(reader, child, reader.position + length);
  };
}

function messageFieldReader(field: DescField & { readonly fieldKind: "message" }): ReadField {
  const { localName, message: desc } = field;
  const read = childReader(desc);
  const oneof = field.oneof?.localName;
  if (oneof !== undefined) {
    return (reader, message, wireType) => {
      const choice = message[oneof] as { readonly case: unknown; readonly value: unknown };
      // A field that comes twice is merged.
      const child = (choice.case === localName ? choice.value : create(desc)) as Fields;
      read(reader, child, wireType);
      message[oneof] = { case: localName, value: child };
    };
  }
  if (isWrapperDesc(desc)) {
    // The value itself stands for its wrapper.
    return (reader, message, wireType) => {
      const wrapper = create(desc) as unknown as Fields;
      if (message[localName] !== undefined) wrapper.value = message[localName];
      read(reader, wrapper, wireType);
      message[localName] = wrapper.value;
    };
  }
  return (reader, message, wireType) => {
    const child = (message[localName] ?? create(desc)) as Fields;
    read(reader, child, wireType);
    message[localName] = child;
  };
}

function messageListReader(field: DescField, desc: DescMessage): ReadField {
  const { localName } = field;
  const read = childReader(desc);
  return (reader, message, wireType) => {
    const child = create(desc) as unknown as Fields;
    read(reader, child, wireType);
    (message[localName] as unknown[]).push(child);
  };
}

function scalarListReader(field: DescField & { readonly fieldKind: "list" }): ReadField {
  const { localName } = field;
  // The values of an enum in a list are taken as they come, also where it is closed.
  const read = field.listKind === "scalar" ? scalarReader(field.scalar, isStrict(field)) : readInt32;
  const expected = wireTypeOf(field.listKind === "scalar" ? field.scalar : ScalarType.INT32);
  return (reader, message, wireType) => {
    const items = message[localName] as unknown[];
    if (wireType === expected) {
      items.push(read(reader));
    } else if (wireType === lengthDelimited) {
      const length = reader.length();
      const end = reader.position + length;
      while (reader.position < end && !reader.failed) items.push(read(reader));
      if (reader.position !== end) reader.failed = true;
    } else {
      reader.failed = true;
    }
  };
}

function mapReader(field: DescField & { readonly fieldKind: "map" }): ReadField {
  const { localName } = field;
  const readKey = scalarReader(field.mapKey, isStrict(field));
  const keyWireType = wireTypeOf(field.mapKey);
  const { read, wireType: valueWireType } = mapValueReader(field);
  const keyTag = (1 << 3) | keyWireType;
  const valueTag = (2 << 3) | valueWireType;
  return (reader, message, wireType) => {
    if (wireType !== lengthDelimited) {
      reader.failed = true;
      return;
    }
    const length = reader.length();
    const end = reader.position + length;
    // A key and a value, in this order and once: what does not write that is left to protobuf-es.
    if (reader.failed || reader.tag() !== keyTag) {
      reader.failed = true;
      return;
    }
    const key = String(readKey(reader));
    if (reader.failed || key === "__proto__" || reader.tag() !== valueTag) {
      reader.failed = true;
      return;
    }
    (message[localName] as Fields)[key] = read(reader);
    if (reader.position !== end) reader.failed = true;
  };
}

function mapValueReader(field: DescField & { readonly fieldKind: "map" }): {
  readonly read: ReadScalar;
  readonly wireType: number;
} {
  switch (field.mapKind) {
    case "enum":
      return { read: readInt32, wireType: 0 };
    case "message": {
      const desc = field.message;
      const read = childReader(desc);
      return {
        wireType: lengthDelimited,
        read: (reader) => {
          const child = create(desc) as unknown as Fields;
          read(reader, child, lengthDelimited);
          return child;
        },
      };
    }
    default:
      return { read: scalarReader(field.scalar, isStrict(field)), wireType: wireTypeOf(field.scalar) };
  }
}

function valueReader(field: DescField & { readonly fieldKind: "scalar" | "enum" }): ReadScalar {
  if (field.fieldKind === "scalar") return scalarReader(field.scalar, isStrict(field));
  if (field.enum.open) return readInt32;
  const known = new Set(field.enum.values.map(({ number }) => number));
  return (reader) => {
    const value = reader.int32();
    if (!known.has(value)) reader.failed = true;
    return value;
  };
}

const readInt32: ReadScalar = (reader) => reader.int32();

/** Whether text has to be UTF-8. */
function isStrict(field: DescField): boolean {
  return "utf8Validation" in field && field.utf8Validation === true;
}

function scalarReader(type: ScalarType, strict: boolean): ReadScalar {
  switch (type) {
    case ScalarType.STRING:
      return (reader) => reader.string(strict);
    case ScalarType.BYTES:
      return (reader) => reader.raw();
    case ScalarType.BOOL:
      return (reader) => reader.bool();
    case ScalarType.DOUBLE:
      return (reader) => reader.double();
    case ScalarType.FLOAT:
      return (reader) => reader.float();
    case ScalarType.INT32:
      return readInt32;
    case ScalarType.UINT32:
      return (reader) => reader.uint32();
    case ScalarType.SINT32:
      return (reader) => reader.sint32();
    case ScalarType.FIXED32:
      return (reader) => reader.fixed32();
    case ScalarType.SFIXED32:
      return (reader) => reader.sfixed32();
    case ScalarType.INT64:
      return (reader) => reader.int64();
    case ScalarType.UINT64:
      return (reader) => reader.uint64();
    case ScalarType.SINT64:
      return (reader) => reader.sint64();
    case ScalarType.FIXED64:
      return (reader) => reader.fixed64();
    case ScalarType.SFIXED64:
      return (reader) => reader.sfixed64();
  }
}
