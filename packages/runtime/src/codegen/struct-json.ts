import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { Struct, Value } from "@bufbuild/protobuf/wkt";
import { setEntry } from "./init.js";

/** Messages keep a google.protobuf.Struct as JSON. This makes the message of it. */
export function structOfJson(json: JsonObject | undefined): Struct {
  const fields: Struct["fields"] = {};
  if (typeof json === "object" && json !== null && !Array.isArray(json)) {
    for (const [key, value] of Object.entries(json)) setEntry(fields, key, valueOfJson(value));
  }
  return { $typeName: "google.protobuf.Struct", fields };
}

/** The same for the values of a map. */
export function structsOfJson(map: { readonly [key: string]: JsonObject }): object {
  return Object.fromEntries(Object.entries(map).map(([key, json]) => [key, structOfJson(json)]));
}

/** The JSON that a message keeps for a google.protobuf.Struct. */
export function jsonOfStruct({ fields }: Struct): JsonObject {
  const json: JsonObject = {};
  for (const [key, value] of Object.entries(fields)) setEntry(json, key, jsonOfValue(value));
  return json;
}

function valueOfJson(json: JsonValue): Value {
  return { $typeName: "google.protobuf.Value", kind: kindOfJson(json) };
}

function kindOfJson(json: JsonValue): Value["kind"] {
  switch (typeof json) {
    case "number":
      return { case: "numberValue", value: json };
    case "string":
      return { case: "stringValue", value: json };
    case "boolean":
      return { case: "boolValue", value: json };
    case "object":
      if (json === null) return { case: "nullValue", value: 0 };
      if (!Array.isArray(json)) return { case: "structValue", value: structOfJson(json) };
      return {
        case: "listValue",
        value: { $typeName: "google.protobuf.ListValue", values: json.map((item) => valueOfJson(item)) },
      };
    default:
      return { case: undefined };
  }
}

function jsonOfValue({ kind }: Value): JsonValue {
  switch (kind.case) {
    case "structValue":
      return jsonOfStruct(kind.value);
    case "listValue":
      return kind.value.values.map((value) => jsonOfValue(value));
    case "nullValue":
    case undefined:
      return null;
    default:
      return kind.value;
  }
}
