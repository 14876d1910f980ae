import {
  create,
  createFileRegistry,
  type DescField,
  type DescMessage,
  type Message,
  type MessageInitShape,
  ScalarType,
} from "@bufbuild/protobuf";
import {
  type DescriptorProtoSchema,
  type FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { codePoint } from "./code-point.js";

type FieldInit = Exclude<MessageInitShape<typeof FieldDescriptorProtoSchema>, Message>;
type MessageInit = Exclude<MessageInitShape<typeof DescriptorProtoSchema>, Message>;

const scalars: readonly Type[] = [
  Type.DOUBLE,
  Type.FLOAT,
  Type.INT64,
  Type.UINT64,
  Type.INT32,
  Type.FIXED64,
  Type.FIXED32,
  Type.BOOL,
  Type.STRING,
  Type.BYTES,
  Type.UINT32,
  Type.SFIXED32,
  Type.SFIXED64,
  Type.SINT32,
  Type.SINT64,
];
const mapKeys = scalars.filter((type) => ![Type.DOUBLE, Type.FLOAT, Type.BYTES].includes(type));
const imported = [".google.protobuf.StringValue", ".google.protobuf.Int64Value", ".google.protobuf.Timestamp"];
const structs = [".google.protobuf.Struct", ".google.protobuf.Value"];

/** A message type with up to eight fields of all kinds, among them ones of its own type. */
export const messageTypes: fc.Arbitrary<DescMessage> = fc
  .record({
    proto3: fc.boolean(),
    numbers: fc.uniqueArray(fc.constantFrom(1, 2, 3, 15, 16, 2047, 2048, 536_870_911, 77, 500), {
      minLength: 1,
      maxLength: 8,
    }),
    picks: fc.array(fc.nat(1 << 24), { minLength: 8, maxLength: 8 }),
  })
  .map(({ proto3, numbers, picks }) => typeOf(proto3, numbers, picks));

function typeOf(proto3: boolean, numbers: readonly number[], picks: readonly number[]): DescMessage {
  const nested: MessageInit[] = [];
  const field = numbers.map((number, i) => fieldOf(proto3, number, picks[i] as number, nested));
  const optional = field.filter((one) => one.proto3Optional);
  for (const [i, one] of optional.entries()) one.oneofIndex = i + 1;
  const file = create(FileDescriptorProtoSchema, {
    name: "random.proto",
    package: "random",
    syntax: proto3 ? "proto3" : "proto2",
    dependency: ["struct", "timestamp", "wrappers"].map((name) => `google/protobuf/${name}.proto`),
    messageType: [
      {
        name: "M",
        field,
        nestedType: nested,
        oneofDecl: [{ name: "choice" }, ...optional.map(({ name }) => ({ name: `_${name}` }))],
      },
    ],
    enumType: [
      {
        name: "E",
        value: [0, 1, -1, 2_147_483_647].map((number, i) => ({ name: `E_${i}`, number })),
      },
    ],
  });
  const known = [file_google_protobuf_struct, file_google_protobuf_timestamp, file_google_protobuf_wrappers];
  const registry = createFileRegistry(file, (name) => known.find(({ proto }) => proto.name === name));
  return registry.getMessage("random.M") as DescMessage;
}

/** One of the many kinds of fields that there are. */
function fieldOf(
  proto3: boolean,
  number: number,
  pick: number,
  nested: MessageInit[],
): { -readonly [K in keyof FieldInit]: FieldInit[K] } {
  const name = `f${number}`;
  const type = scalars[pick % scalars.length] as Type;
  const repeated = (pick >> 4) % 3 === 0;
  const label = repeated ? Label.REPEATED : Label.OPTIONAL;
  switch ((pick >> 8) % 10) {
    case 0:
      return { name, number, label, type: Type.ENUM, typeName: ".random.E" };
    case 1:
      return { name, number, label, type: Type.MESSAGE, typeName: ".random.M" };
    case 2:
      return { name, number, label, type: Type.MESSAGE, typeName: imported[(pick >> 12) % imported.length] as string };
    case 3:
      return mapOf(name, number, pick, nested);
    case 4:
      return { name, number, label: Label.OPTIONAL, type, oneofIndex: 0 };
    case 5:
      return repeated && type !== Type.STRING && type !== Type.BYTES
        ? { name, number, label, type, options: { packed: !proto3 } }
        : { name, number, label, type };
    case 6:
      return (pick >> 12) % 2 === 0
        ? { name, number, label, type: Type.MESSAGE, typeName: structs[(pick >> 13) % structs.length] as string }
        : { name, number, label, type: Type.INT64, options: { jstype: 1 } };
    case 7:
      if (proto3) return { name, number, label: Label.OPTIONAL, type, proto3Optional: true };
      nested.push({ name: `Group${number}`, field: [{ name: "x", number: 1, label: Label.OPTIONAL, type }] });
      return { name, number, label, type: Type.GROUP, typeName: `.random.M.Group${number}` };
    case 8:
      return { name, number, label: proto3 ? Label.OPTIONAL : Label.REQUIRED, type };
    default:
      return { name, number, label, type };
  }
}

function mapOf(name: string, number: number, pick: number, nested: MessageInit[]): FieldInit {
  const key = mapKeys[pick % mapKeys.length] as Type;
  const entry = `F${number}Entry`;
  const value: FieldInit =
    (pick >> 12) % 3 === 0
      ? { type: Type.MESSAGE, typeName: ".random.M" }
      : (pick >> 12) % 3 === 1
        ? { type: Type.ENUM, typeName: ".random.E" }
        : { type: scalars[(pick >> 16) % scalars.length] as Type };
  nested.push({
    name: entry,
    options: { mapEntry: true },
    field: [
      { name: "key", number: 1, label: Label.OPTIONAL, type: key },
      { ...value, name: "value", number: 2, label: Label.OPTIONAL },
    ],
  });
  return { name, number, label: Label.REPEATED, type: Type.MESSAGE, typeName: `.random.M.${entry}` };
}

/** A message of a type, all values of which are what its fields want. */
export function messagesOf(desc: DescMessage, depth = 3): fc.Arbitrary<Message> {
  const fields = desc.fields.map((field) => valuesOf(field, depth).map((value) => ({ field, value })));
  return fc.tuple(...fields).map((values) => {
    const message = create(desc) as Message & Record<string, unknown>;
    for (const { field, value } of values) {
      if (value === undefined) continue;
      if (field.oneof === undefined) message[field.localName] = value;
      else message[field.oneof.localName] = { case: field.localName, value };
    }
    return message;
  });
}

function valuesOf(field: DescField, depth: number): fc.Arbitrary<unknown> {
  switch (field.fieldKind) {
    case "scalar":
      return orNothing(scalarValues(field.scalar, field.longAsString));
    case "enum":
      return orNothing(enumValues);
    case "message":
      return depth === 0 ? fc.constant(undefined) : orNothing(messageValues(field, field.message, depth));
    case "list":
      switch (field.listKind) {
        case "message":
          return depth === 0 ? fc.constant([]) : fc.array(messageValues(field, field.message, depth), { maxLength: 3 });
        case "enum":
          return fc.array(enumValues, { maxLength: 4 });
        default:
          return fc.array(scalarValues(field.scalar, field.longAsString), { maxLength: 40 });
      }
    case "map": {
      if (depth === 0) return fc.constant({});
      const values =
        field.mapKind === "message"
          ? messagesOf(field.message, depth - 1)
          : field.mapKind === "enum"
            ? enumValues
            : scalarValues(field.scalar, false);
      return fc
        .array(fc.tuple(scalarValues(field.mapKey, false), values), { maxLength: 3 })
        .map((entries) => Object.fromEntries(entries.map(([key, value]) => [String(key), value])));
    }
  }
}

function messageValues(field: DescField, desc: DescMessage, depth: number): fc.Arbitrary<unknown> {
  if (desc.typeName === "google.protobuf.Struct") return fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 });
  if (desc.file.name === "google/protobuf/wrappers" && field.fieldKind === "message" && field.oneof === undefined) {
    return scalarValues(desc.fields[0]?.scalar as ScalarType, false);
  }
  return messagesOf(desc, depth - 1);
}

const enumValues = fc.constantFrom(0, 1, -1, 2_147_483_647, 5);

function orNothing<T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(values, { nil: undefined, freq: 4 });
}

/** Text of every script and length, with what is easily cut wrong. */
const texts = fc.oneof(
  fc.string({ maxLength: 300 }),
  fc.string({ unit: codePoint, maxLength: 60 }),
  fc.constantFrom(
    "é".repeat(63),
    "é".repeat(64),
    "a".repeat(127),
    "a".repeat(128),
    "\ud800",
    "😀".repeat(2100),
    "ü".repeat(8200),
  ),
);

function scalarValues(type: ScalarType, longAsString: boolean): fc.Arbitrary<unknown> {
  switch (type) {
    case ScalarType.DOUBLE:
      return fc.double();
    case ScalarType.FLOAT:
      return fc.float();
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.STRING:
      return texts;
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 300 });
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 0xffff_ffff }));
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return fc.oneof(fc.integer({ min: -300, max: 300 }), fc.integer(), fc.constant(-0));
    default: {
      const unsigned = type === ScalarType.UINT64 || type === ScalarType.FIXED64;
      const range = unsigned ? { min: 0n, max: 2n ** 64n - 1n } : { min: -(2n ** 63n), max: 2n ** 63n - 1n };
      const values = fc.oneof(
        fc.bigInt({ min: unsigned ? 0n : -300n, max: 300n }),
        fc.bigInt(range),
        fc.constantFrom(range.min, range.max, 2n ** 53n, 2n ** 53n - 1n, 2n ** 32n, 2n ** 32n - 1n),
      );
      return longAsString ? values.map(String) : values;
    }
  }
}
