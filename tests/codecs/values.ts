import { create, type DescEnum, type DescField, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";
import fc from "fast-check";

/** Messages of a type, whose fields have what their types allow. */
export function messagesOf(desc: DescMessage, depth = 2): fc.Arbitrary<Message> {
  return fieldsOf(desc, depth).map((values) => {
    const message = create(desc) as Message & { [name: string]: unknown };
    for (const { field, value } of values) {
      if (field.oneof === undefined) message[field.localName] = value;
      else message[field.oneof.localName] = { case: field.localName, value };
    }
    return message;
  });
}

/** Some fields of a message type, with values; required ones more often than not. */
function fieldsOf(desc: DescMessage, depth: number): fc.Arbitrary<{ field: DescField; value: unknown }[]> {
  if (desc.fields.length === 0) return fc.constant([]);
  const few = fc.uniqueArray(fc.nat(desc.fields.length - 1), { maxLength: 12 });
  const required = desc.fields.flatMap((field, i) => (field.presence === 3 ? [i] : []));
  return fc.tuple(few, fc.integer({ min: 0, max: 9 })).chain(([picked, all]) => {
    const indexes = [...new Set([...picked, ...(all > 0 ? required : [])])];
    const values = indexes.map((index) => {
      const field = desc.fields[index] as DescField;
      return valuesOf(field, depth).map((value) => ({ field, value }));
    });
    return fc.tuple(...values).map((all) => all.filter(({ value }) => value !== undefined));
  });
}

function valuesOf(field: DescField, depth: number): fc.Arbitrary<unknown> {
  switch (field.fieldKind) {
    case "scalar":
      return scalars(field.scalar, field.longAsString);
    case "enum":
      return enums(field.enum);
    case "message":
      return depth === 0 && field.presence !== 3 ? fc.constant(undefined) : memberMessages(field, field.message, depth);
    case "list":
      if (field.listKind === "message") {
        return depth === 0 ? fc.constant([]) : fc.array(messagesOf(field.message, depth - 1), { maxLength: 3 });
      }
      return fc.array(field.listKind === "enum" ? enums(field.enum) : scalars(field.scalar, field.longAsString), {
        maxLength: 20,
      });
    case "map": {
      if (depth === 0 && field.mapKind === "message") return fc.constant({});
      const values =
        field.mapKind === "message"
          ? messagesOf(field.message, depth - 1)
          : field.mapKind === "enum"
            ? enums(field.enum)
            : scalars(field.scalar, false);
      return fc
        .array(fc.tuple(scalars(field.mapKey, false), values), { maxLength: 4 })
        .map((entries) => Object.fromEntries(entries.map(([key, value]) => [String(key), value])));
    }
  }
}

/** A message as the value of a field: some of the well-known types are plain values there. */
function memberMessages(field: DescField, desc: DescMessage, depth: number): fc.Arbitrary<unknown> {
  const ofValue = field.parent.typeName === "google.protobuf.Value";
  if (desc.typeName === "google.protobuf.Struct" && !ofValue)
    return fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 });
  if (desc.file.name === "google/protobuf/wrappers" && field.oneof === undefined) {
    return scalars((desc.fields[0] as DescField & { scalar: ScalarType }).scalar, false);
  }
  return messagesOf(desc, Math.max(0, depth - 1));
}

/** Numbers that an enum has, and where it is open others too. */
function enums(desc: DescEnum): fc.Arbitrary<number> {
  const numbers = desc.values.map(({ number }) => number);
  return desc.open ? fc.constantFrom(...numbers, 12_345, -7) : fc.constantFrom(...numbers);
}

/** Any code point that is no surrogate: fast-check's "binary" makes a table of the million of them, which takes a second. */
const codePoint = fc.nat(0x10_f7ff).map((index) => String.fromCodePoint(index < 0xd800 ? index : index + 0x800));

/** Text of every script and length, and what is easily written or cut wrong. */
const texts = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: codePoint, maxLength: 40 }),
  fc.constantFrom("", "\u0000", "é".repeat(63), "é".repeat(64), "a".repeat(127), "a".repeat(128), "😀".repeat(2100)),
  fc.constantFrom("\ufeffbom", "ü".repeat(8200), "__proto__", "-0", "\u2028", '"\\/'),
);

/** Values of a scalar type, those at the ends of its range more often than others. */
export function scalars(type: ScalarType, longAsString: boolean): fc.Arbitrary<unknown> {
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
      return fc.uint8Array({ maxLength: 200 });
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 0xffff_ffff }), fc.constantFrom(0, 0xffff_ffff));
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return fc.oneof(fc.integer({ min: -300, max: 300 }), fc.integer(), fc.constantFrom(0, 0x7fff_ffff, -0x8000_0000));
    default: {
      const unsigned = type === ScalarType.UINT64 || type === ScalarType.FIXED64;
      const range = unsigned ? { min: 0n, max: 2n ** 64n - 1n } : { min: -(2n ** 63n), max: 2n ** 63n - 1n };
      const values = fc.oneof(
        fc.bigInt({ min: unsigned ? 0n : -300n, max: 300n }),
        fc.bigInt(range),
        fc.constantFrom(0n, range.min, range.max, 2n ** 53n, 2n ** 53n - 1n, 2n ** 32n, 2n ** 32n - 1n, 2n ** 31n),
      );
      return longAsString ? values.map(String) : values;
    }
  }
}
