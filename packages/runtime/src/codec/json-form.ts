import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { JsonOptions, MessageCodec } from "../message/message-codec.js";
import type { GeneratedCodec } from "./generated-codec.js";
import { JsonReader } from "./json-reader.js";

/** The JSON half of a generated codec. It stands apart from the binary half: a client that has no JSON bundles none of it. */
export interface JsonForm<T> extends Required<Pick<MessageCodec<T>, "toJsonString" | "fromJsonString">> {
  readonly toJson: (message: T, options: JsonOptions) => JsonValue;
  readonly fromJson: (json: JsonValue, reader: JsonReader) => T;
}

/** Makes the JSON half of a codec of the functions that are generated for a message. */
export function jsonForm<T>(
  typeName: string,
  toJson: (message: T, options: JsonOptions) => JsonValue,
  fromJson: (json: JsonValue, reader: JsonReader) => T,
): JsonForm<T> {
  return {
    toJson,
    fromJson,
    toJsonString(message, options) {
      let json: JsonValue;
      try {
        json = toJson(message, options);
      } catch (error) {
        throw new Error(`cannot encode ${typeName} to JSON: ${textOf(error)}`, { cause: error });
      }
      return JSON.stringify(json, null, options.prettySpaces ?? 0);
    },
    fromJsonString(text, options) {
      try {
        const json = JSON.parse(text) as JsonValue;
        if (countColons(text) !== countMembers(json)) throw new Error("an object has two members of one name");
        return fromJson(json, new JsonReader(options));
      } catch (error) {
        throw new Error(`cannot decode ${typeName} from JSON: ${textOf(error)}`, { cause: error });
      }
    },
  };
}

/** A codec with JSON besides the binary form. */
export function withJson<T>(codec: GeneratedCodec<T>, json: JsonForm<T>): GeneratedCodec<T> {
  return { ...codec, ...json };
}

function textOf(error: unknown): unknown {
  return error instanceof Object && "message" in error ? error.message : error;
}

/**
 * How many members all objects in a JSON text have. `JSON.parse` keeps the last one of those with
 * the same name, in silence: then there are fewer in what it gives.
 */
function countColons(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x22) {
      for (i++; text.charCodeAt(i) !== 0x22; i++) if (text.charCodeAt(i) === 0x5c) i++;
    } else if (unit === 0x3a) {
      count++;
    }
  }
  return count;
}

function countMembers(json: JsonValue): number {
  if (typeof json !== "object" || json === null) return 0;
  let count = 0;
  if (Array.isArray(json)) {
    for (const item of json) count += countMembers(item);
  } else {
    for (const name of Object.keys(json)) count += 1 + countMembers((json as JsonObject)[name] as JsonValue);
  }
  return count;
}
