import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";

/** What stands in one place of a message: a field's value, or one of a list or map. */
export type Value =
  | { readonly kind: "message"; readonly message: DescMessage }
  | { readonly kind: "enum"; readonly names: readonly string[] }
  | { readonly kind: "scalar"; readonly scalar: ScalarType };

/** The value of a field, or of one element of it. */
export function elementOf(field: DescField): Value {
  const { message, enum: one } = field;
  if (message !== undefined) return { kind: "message", message };
  if (one !== undefined) return { kind: "enum", names: one.values.map(({ name }) => name) };
  return { kind: "scalar", scalar: (field.fieldKind === "map" ? field.scalar : field.scalar) as ScalarType };
}

const scalars: { readonly [Type in ScalarType]: string } = {
  [ScalarType.DOUBLE]: "double",
  [ScalarType.FLOAT]: "float",
  [ScalarType.INT64]: "int64",
  [ScalarType.UINT64]: "uint64",
  [ScalarType.INT32]: "int32",
  [ScalarType.FIXED64]: "fixed64",
  [ScalarType.FIXED32]: "fixed32",
  [ScalarType.BOOL]: "bool",
  [ScalarType.STRING]: "string",
  [ScalarType.BYTES]: "bytes",
  [ScalarType.UINT32]: "uint32",
  [ScalarType.SFIXED32]: "sfixed32",
  [ScalarType.SFIXED64]: "sfixed64",
  [ScalarType.SINT32]: "sint32",
  [ScalarType.SINT64]: "sint64",
};

/** The type of a field as a schema writes it: `repeated string`, `map<string, acme.v1.Item>`. */
export function typeName(field: DescField): string {
  const value = field.message?.typeName ?? field.enum?.typeName ?? scalars[field.scalar as ScalarType];
  if (field.fieldKind === "list") return `repeated ${value}`;
  return field.fieldKind === "map" ? `map<${scalars[field.mapKey]}, ${value}>` : value;
}

/** How messages of protobuf's own that have a form of their own in JSON look there, as a text that can stand in an editor. */
const wellKnown: ReadonlyMap<string, () => unknown> = new Map<string, () => unknown>([
  ["google.protobuf.Timestamp", () => new Date().toISOString()],
  ["google.protobuf.Duration", () => "1.5s"],
  ["google.protobuf.FieldMask", () => ""],
  ["google.protobuf.Struct", () => ({})],
  ["google.protobuf.Value", () => null],
  ["google.protobuf.ListValue", () => []],
  ["google.protobuf.Any", () => ({ "@type": "type.googleapis.com/" })],
  ["google.protobuf.StringValue", () => ""],
  ["google.protobuf.BytesValue", () => ""],
  ["google.protobuf.BoolValue", () => false],
  ["google.protobuf.Int64Value", () => "0"],
  ["google.protobuf.UInt64Value", () => "0"],
  ["google.protobuf.Int32Value", () => 0],
  ["google.protobuf.UInt32Value", () => 0],
  ["google.protobuf.FloatValue", () => 0],
  ["google.protobuf.DoubleValue", () => 0],
]);

/** Whether a message is written in JSON as something else than an object of its fields. */
export function hasOwnForm({ typeName }: DescMessage): boolean {
  return wellKnown.has(typeName);
}

/** A value to begin with, as JSON. */
export function sampleOf(value: Value): unknown {
  switch (value.kind) {
    case "message":
      return (wellKnown.get(value.message.typeName) ?? (() => ({})))();
    case "enum":
      return value.names[0] ?? 0;
    case "scalar":
      return zeroOf(value.scalar);
  }
}

function zeroOf(scalar: ScalarType): unknown {
  switch (scalar) {
    case ScalarType.BOOL:
      return false;
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return "";
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return "0";
    default:
      return 0;
  }
}

/** A request to begin with: the fields that are asked for at once, of a oneof the first one. Messages within it are empty. */
export function template(message: DescMessage): unknown {
  if (hasOwnForm(message)) return sampleOf({ kind: "message", message });
  const fields = message.members.flatMap((member) => (member.kind === "oneof" ? member.fields.slice(0, 1) : [member]));
  return Object.fromEntries(
    fields
      .filter(({ proto }) => proto.options?.deprecated !== true)
      .map((field) => {
        if (field.fieldKind === "map") return [field.jsonName, {}];
        return [field.jsonName, field.fieldKind === "list" ? [] : sampleOf(elementOf(field))];
      }),
  );
}
