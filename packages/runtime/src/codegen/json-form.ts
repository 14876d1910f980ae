import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { ConnectError } from "../error/connect-error.js";
import { withInexact } from "../message/inexact-integers.js";
import type { JsonOptions, MessageCodec } from "../message/message-codec.js";
import { JsonReader } from "./json-reader.js";
import type { JsonType } from "./json-type.js";

/** The JSON half of a generated codec. It stands apart from the binary half: a client that has no JSON bundles none of it. */
export interface JsonForm<T>
  extends Omit<JsonType, "nested">,
    Required<Pick<MessageCodec<T>, "toJsonString" | "fromJsonString">> {
  readonly toText: (message: T, options: JsonOptions) => string;
  readonly fromJson: (json: JsonValue, reader: JsonReader) => T;
}

/** Makes the JSON half of the codec of a message that has JSON of its own. */
export function jsonForm<T>(
  typeName: string,
  toJson: (message: T, options: JsonOptions) => JsonValue,
  fromJson: (json: JsonValue, reader: JsonReader) => T,
): JsonForm<T> {
  return textForm(typeName, (message, options) => JSON.stringify(toJson(message, options)), fromJson);
}

/** Makes the JSON half of a codec of functions. */
export function textForm<T>(
  typeName: string,
  toText: (message: T, options: JsonOptions) => string,
  fromJson: (json: JsonValue, reader: JsonReader) => T,
): JsonForm<T> {
  return {
    isNullable: typeName === "google.protobuf.Value",
    toText,
    fromJson,
    toJsonString(message, options) {
      let text: string;
      try {
        text = toText(message, options);
      } catch (error) {
        throw new Error(`cannot encode ${typeName} to JSON: ${textOf(error)}`, { cause: error });
      }
      return options.prettySpaces ? JSON.stringify(JSON.parse(text), null, options.prettySpaces) : text;
    },
    fromJsonString(text, options, decodedMaxBytes) {
      try {
        const json = JSON.parse(text) as JsonValue;
        const members = countMembers(json);
        // The quick count is no less than the exact one.
        if (mostColons(text) !== members && countColons(text) !== members)
          throw new Error("an object has two members with the same name");
        return withInexact(text, () => fromJson(json, new JsonReader(options, decodedMaxBytes)));
      } catch (error) {
        if (error instanceof ConnectError) throw error;
        throw new Error(`cannot decode ${typeName} from JSON: ${textOf(error)}`, { cause: error });
      }
    },
  };
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

/** How many colons in a JSON text stand where one behind a name could. Fewer than those in all strings: times have some. */
function mostColons(text: string): number {
  let count = 0;
  for (let i = text.indexOf(":"); i !== -1; i = text.indexOf(":", i + 1)) {
    const before = text.charCodeAt(i - 1);
    if (before === 0x22 || before <= 0x20) count++;
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
