// A file of its own: a table, which the scope and the JSON of codecs read.
import type { DescMessage } from "@bufbuild/protobuf";

/** The well-known types that have JSON of their own, wrappers apart. */
export type JsonWkt = "any" | "duration" | "fieldMask" | "listValue" | "struct" | "timestamp" | "value";

const functions: ReadonlyMap<string, JsonWkt> = new Map([
  ["google.protobuf.Any", "any"],
  ["google.protobuf.Duration", "duration"],
  ["google.protobuf.FieldMask", "fieldMask"],
  ["google.protobuf.ListValue", "listValue"],
  ["google.protobuf.Struct", "struct"],
  ["google.protobuf.Timestamp", "timestamp"],
  ["google.protobuf.Value", "value"],
]);

/** What the runtime's functions for the JSON of a well-known type are called. */
export function jsonWktOf(message: DescMessage): JsonWkt | undefined {
  return functions.get(message.typeName);
}
