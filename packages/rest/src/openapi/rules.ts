import { type DescField, getOption, hasOption, type JsonObject, type JsonValue, toJson } from "@bufbuild/protobuf";
import { FieldRulesSchema, field as fieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { FieldBehavior, field_behavior } from "../gen/google/api/field_behavior_pb.js";

/** What the rules of protovalidate say of a field, in JSON. */
export function rulesOf(field: DescField): JsonObject {
  return hasOption(field, fieldRules) ? (toJson(FieldRulesSchema, getOption(field, fieldRules)) as JsonObject) : {};
}

/** Whether a field must be there: by protovalidate, or by `google.api.field_behavior`. */
export function isRequired(field: DescField): boolean {
  return rulesOf(field)["required"] === true || behaviors(field).includes(FieldBehavior.REQUIRED);
}

/** Who sets a field, by `google.api.field_behavior`. */
export function access(field: DescField): JsonObject {
  const own = behaviors(field);
  if (own.includes(FieldBehavior.OUTPUT_ONLY)) return { readOnly: true };
  return own.includes(FieldBehavior.INPUT_ONLY) ? { writeOnly: true } : {};
}

function behaviors(field: DescField): readonly FieldBehavior[] {
  return hasOption(field, field_behavior) ? getOption(field, field_behavior) : [];
}

/** Names of rules as JSON Schema has them. */
const keywords: ReadonlyMap<string, string> = new Map([
  ["gt", "exclusiveMinimum"],
  ["gte", "minimum"],
  ["lt", "exclusiveMaximum"],
  ["lte", "maximum"],
  ["minLen", "minLength"],
  ["maxLen", "maxLength"],
  ["pattern", "pattern"],
  ["const", "const"],
  ["in", "enum"],
  ["minItems", "minItems"],
  ["maxItems", "maxItems"],
  ["unique", "uniqueItems"],
  ["minPairs", "minProperties"],
  ["maxPairs", "maxProperties"],
]);

const formats: ReadonlyMap<string, string> = new Map([
  ["email", "email"],
  ["hostname", "hostname"],
  ["ipv4", "ipv4"],
  ["ipv6", "ipv6"],
  ["uri", "uri"],
  ["uriRef", "uri-reference"],
  ["uuid", "uuid"],
]);

/** Types whose JSON is the number itself; 64-bit integers are strings there, which have no minimum. */
const numeric: ReadonlySet<string> = new Set(["float", "double", "int32", "uint32", "sint32", "fixed32", "sfixed32"]);

/** The rules of a field, or of what it has many of, as members of a JSON Schema. Rules in CEL have no form there. */
export function ruleSchema(rules: JsonObject): JsonObject {
  const schema: { [name: string]: JsonValue } = {};
  for (const [type, own] of Object.entries(rules)) {
    const isText = type === "string";
    if (!isText && !numeric.has(type) && type !== "repeated" && type !== "map") continue;
    for (const [name, value] of Object.entries(own as JsonObject)) {
      const keyword = keywords.get(name);
      const format = isText ? formats.get(name) : undefined;
      if (keyword !== undefined) schema[keyword] = isCount(keyword) ? Number(value) : value;
      else if (isText && name === "len") schema["minLength"] = schema["maxLength"] = Number(value);
      else if (format !== undefined && value === true) schema["format"] = format;
    }
  }
  return schema;
}

/** Counts are 64-bit integers, which JSON has as strings. */
function isCount(keyword: string): boolean {
  return /^(min|max)(Length|Items|Properties)$/.test(keyword);
}

/** The rules for the elements of a list, or for the values of a map. */
export function elementRules(rules: JsonObject): JsonObject {
  const own = (rules["repeated"] ?? rules["map"] ?? {}) as JsonObject;
  return (own["items"] ?? own["values"] ?? {}) as JsonObject;
}
