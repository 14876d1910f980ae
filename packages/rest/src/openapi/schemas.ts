import { type DescEnum, type DescField, type DescMessage, type JsonObject, ScalarType } from "@bufbuild/protobuf";
import { commentOf } from "./comments.js";
import { access, elementRules, isRequired, ruleSchema, rulesOf } from "./rules.js";

const integer = (format: string, more: JsonObject = {}): JsonObject => ({ type: "integer", format, ...more });
/** 64-bit integers are strings in JSON, since numbers there have 53 bits. */
const long = (format: string): JsonObject => ({ type: "string", format });

const scalars: ReadonlyMap<ScalarType, JsonObject> = new Map<ScalarType, JsonObject>([
  [ScalarType.BOOL, { type: "boolean" }],
  [ScalarType.STRING, { type: "string" }],
  [ScalarType.BYTES, { type: "string", contentEncoding: "base64" }],
  [ScalarType.FLOAT, { type: "number", format: "float" }],
  [ScalarType.DOUBLE, { type: "number", format: "double" }],
  [ScalarType.INT32, integer("int32")],
  [ScalarType.SINT32, integer("int32")],
  [ScalarType.SFIXED32, integer("int32")],
  [ScalarType.UINT32, integer("int64", { minimum: 0 })],
  [ScalarType.FIXED32, integer("int64", { minimum: 0 })],
  [ScalarType.INT64, long("int64")],
  [ScalarType.SINT64, long("int64")],
  [ScalarType.SFIXED64, long("int64")],
  [ScalarType.UINT64, long("uint64")],
  [ScalarType.FIXED64, long("uint64")],
]);

const object: JsonObject = { type: "object" };
/** The types that have a form of their own in JSON (https://protobuf.dev/programming-guides/json/). */
const wellKnown: ReadonlyMap<string, JsonObject> = new Map<string, JsonObject>(
  Object.entries({
    Timestamp: { type: "string", format: "date-time" },
    Duration: { type: "string", pattern: "^-?[0-9]+(\\.[0-9]{1,9})?s$" },
    FieldMask: { type: "string" },
    Empty: object,
    Struct: object,
    Value: {},
    ListValue: { type: "array", items: {} },
    Any: {
      type: "object",
      properties: { "@type": { type: "string" } },
      required: ["@type"],
      additionalProperties: true,
    },
    DoubleValue: { type: ["number", "null"], format: "double" },
    FloatValue: { type: ["number", "null"], format: "float" },
    Int64Value: { type: ["string", "null"], format: "int64" },
    UInt64Value: { type: ["string", "null"], format: "uint64" },
    Int32Value: { type: ["integer", "null"], format: "int32" },
    UInt32Value: { type: ["integer", "null"], format: "int64", minimum: 0 },
    BoolValue: { type: ["boolean", "null"] },
    StringValue: { type: ["string", "null"] },
    BytesValue: { type: ["string", "null"], contentEncoding: "base64" },
  }).map(([name, schema]) => [`google.protobuf.${name}`, schema]),
);

/** The schemas of messages and enums, by their full names: `components.schemas` of a document. */
export class Schemas {
  readonly all: Map<string, JsonObject> = new Map();

  /** The schema of a message: a reference to it, or what stands for a well-known type. */
  message(desc: DescMessage): JsonObject {
    const known = wellKnown.get(desc.typeName);
    if (known !== undefined) return known;
    if (!this.all.has(desc.typeName)) {
      // First, since messages may contain themselves.
      this.all.set(desc.typeName, {});
      this.all.set(desc.typeName, { ...described(desc), ...this.fields(desc, desc.fields) });
    }
    return { $ref: `#/components/schemas/${desc.typeName}` };
  }

  /** An object that has some of the fields of a message. */
  fields(desc: DescMessage, fields: readonly DescField[]): JsonObject {
    const required = fields.filter(isRequired).map(({ jsonName }) => jsonName);
    return {
      type: "object",
      title: desc.name,
      ...(fields.length === 0
        ? {}
        : { properties: Object.fromEntries(fields.map((one) => [one.jsonName, this.field(one)])) }),
      ...(required.length === 0 ? {} : { required }),
    };
  }

  /** A field, with its comment and its rules. */
  field(field: DescField): JsonObject {
    const rules = rulesOf(field);
    const type = this.type(field, elementRules(rules));
    // Beside a reference other members are read too, since OpenAPI 3.1.
    return { ...type, ...ruleSchema(rules), ...described(field), ...access(field) };
  }

  type(field: DescField, elements: JsonObject): JsonObject {
    const single = this.single(field);
    switch (field.fieldKind) {
      case "list":
        return { type: "array", items: { ...single, ...ruleSchema(elements) } };
      case "map":
        return { type: "object", additionalProperties: { ...single, ...ruleSchema(elements) } };
      default:
        return single;
    }
  }

  single({ message, enum: desc, scalar }: DescField): JsonObject {
    if (message !== undefined) return this.message(message);
    return desc === undefined ? (scalars.get(scalar as ScalarType) ?? {}) : this.enum(desc);
  }

  enum(desc: DescEnum): JsonObject {
    if (desc.typeName === "google.protobuf.NullValue") return { type: "null" };
    const names = desc.values.map(({ name }) => name);
    this.all.set(desc.typeName, { ...described(desc), type: "string", title: desc.name, enum: names });
    return { $ref: `#/components/schemas/${desc.typeName}` };
  }
}

/** The comment of a declaration, and whether it is deprecated. */
export function described(desc: Parameters<typeof commentOf>[0]): JsonObject {
  const description = commentOf(desc);
  return {
    ...(description === undefined ? {} : { description }),
    ...(desc.deprecated ? { deprecated: true } : {}),
  };
}
