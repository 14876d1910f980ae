import { fromJsonString, type JsonValue, type Message, type Registry, toJson, toJsonString } from "@bufbuild/protobuf";
import { type JsonOptions, json, jsonReflection } from "@connect-ts/runtime";
import type { Pair } from "./generated.js";
import { expectSame, messageDifference } from "./same.js";

/** Writes as `json()` does it. */
function write({ codec }: Pair, message: Message, options: JsonOptions): string {
  return new TextDecoder().decode(json({ reflection: jsonReflection, ...options }).encode(message, codec, 0));
}

/** Reads as `json()` does it; unknown fields are errors unless the options say otherwise. */
export function readJson({ codec }: Pair, text: string, options: JsonOptions): Message {
  const bytes = new TextEncoder().encode(text);
  return json({ reflection: jsonReflection, ignoreUnknownFields: false, ...options }).decode(
    bytes,
    0,
    bytes.length,
    codec,
  );
}

/** The generated codec writes the JSON that protobuf-es writes, or refuses what protobuf-es refuses. */
export function checkWrite(pair: Pair, message: Message, options: JsonOptions): void {
  expectSame(
    () => write(pair, message, options),
    () => Buffer.from(toJsonString(pair.schema, message, options)).toString(),
  );
}

/** The generated codec reads of JSON what protobuf-es reads, or refuses what protobuf-es refuses. */
export function checkRead(pair: Pair, text: string, options: JsonOptions): void {
  expectSame(
    () => readJson(pair, text, options),
    // What `readJson` gets has been through UTF-8.
    () => fromJsonString(pair.schema, Buffer.from(text).toString(), options),
    (mine, theirs) => messageDifference(pair.schema, mine, theirs),
    // Where unknown fields are ignored, protobuf-es drops an entry with an unknown enum before it looks at its key.
    (error) =>
      (options.ignoreUnknownFields === true && /expected a (key of type|u?int)/.test(error.message)) ||
      // protobuf-es takes the nearest number that JavaScript has.
      /more digits than a JSON number/.test(error.message),
  );
}

/** The JSON of a message, or `{}` of one that has none. */
export function jsonOf({ schema }: Pair, message: Message, registry: Registry): JsonValue {
  try {
    return toJson(schema, message, { registry });
  } catch {
    return {};
  }
}
