import type { DescMessage } from "@bufbuild/protobuf";
import type { JsonWkt } from "./scope.js";

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

/** Whether the runtime has functions for the JSON of a message. */
export function hasJsonOfItsOwn(message: DescMessage): boolean {
  return functions.has(message.typeName);
}
