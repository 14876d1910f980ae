import type { DescMessage, Message } from "@bufbuild/protobuf";
import { checkOptions, has, type RulesFor, whole } from "../check-options.js";
import { misused } from "../error/confidential.js";
import { ConnectError } from "../error/connect-error.js";
import type { Codec } from "./codec.js";
import { checkJsonWeight } from "./json-size.js";
import type { JsonOptions, JsonReflection, MessageCodec } from "./message-codec.js";

const encoder = new TextEncoder();
/** JSON is UTF-8 (RFC 8259 section 8.1), and bytes that are not must not become U+FFFD in silence. */
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Up to this length a loop over what is ASCII is faster than a call of the platform. */
const shortText = 64;

const rules: RulesFor<JsonOptions> = {
  ignoreUnknownFields: "boolean",
  alwaysEmitImplicit: "boolean",
  enumAsInteger: "boolean",
  useProtoFieldName: "boolean",
  prettySpaces: whole("number of spaces", 0, 10),
  recursionLimit: whole("number", 1, 0x7fff_ffff),
  registry: ["object", "a registry: createRegistry(...)", has("getMessage")],
  reflection: ["object", "jsonReflection", has("fromJsonString")],
};

let known: JsonReflection | undefined;

/** Gives all codecs JSON by descriptors. Browsers whose codecs are generated do without: it is 30 KB that they would load. */
export function setJsonReflection(reflection: JsonReflection): void {
  known = reflection;
}

/**
 * ProtoJSON: `application/json`, `application/grpc+json`.
 *
 * @param options - `registry` has the types that may stand in `google.protobuf.Any`. Unknown fields are ignored unless `ignoreUnknownFields` is false.
 * @throws TypeError or RangeError for an unknown option or a bad value
 * @see https://protobuf.dev/programming-guides/json/
 */
export function json(options: JsonOptions = {}): Codec {
  const given = checkOptions("json", options, rules);
  const settings: JsonOptions = {
    ignoreUnknownFields: true,
    get reflection() {
      return known as JsonReflection;
    },
    ...given,
  };
  return {
    name: "json",
    text: true,
    encode(message, type, headroom) {
      return encodeText(write(message, type, settings), headroom);
    },
    decode(bytes, start, end, type, decodedMaxBytes) {
      // As other Connect implementations have it: an empty body is not the empty message.
      if (start === end) throw new ConnectError("invalid_argument", "zero-length payload is not a valid JSON object");
      if (decodedMaxBytes !== undefined) checkJsonWeight(bytes, start, end, decodedMaxBytes);
      return read(decoder.decode(bytes.subarray(start, end)), type, settings, decodedMaxBytes);
    },
  };
}

function write<T>(message: T, type: MessageCodec<T>, options: JsonOptions): string {
  if (type.toJsonString !== undefined) return type.toJsonString(message, options);
  return reflectionFor(type, options).toJsonString(type.schema as DescMessage, message as Message, options);
}

function read<T>(text: string, type: MessageCodec<T>, options: JsonOptions, decodedMaxBytes: number | undefined): T {
  if (type.fromJsonString !== undefined) return type.fromJsonString(text, options, decodedMaxBytes);
  const reflection = reflectionFor(type, options);
  return reflection.fromJsonString(type.schema as DescMessage, text, options, decodedMaxBytes) as T;
}

function reflectionFor(
  { typeName, schema }: Pick<MessageCodec, "typeName" | "schema">,
  { reflection }: JsonOptions,
): JsonReflection {
  if (schema !== undefined && reflection !== undefined) return reflection;
  throw misused(
    schema === undefined
      ? `the codec of ${typeName} was generated without JSON: generate it with JSON or use binary()`
      : `${typeName} has no JSON code of its own: use json({ reflection: jsonReflection }), or generate codecs with JSON`,
  );
}

function encodeText(text: string, headroom: number): Uint8Array {
  // Most JSON is ASCII: then as many bytes as the string has units are enough.
  const bytes = new Uint8Array(headroom + text.length);
  let i = 0;
  if (text.length > shortText) i = encoder.encodeInto(text, bytes.subarray(headroom)).read;
  else while (i < text.length && text.charCodeAt(i) < 0x80) bytes[headroom + i] = text.charCodeAt(i++);
  if (i === text.length) return bytes;
  const payload = encoder.encode(text);
  const longer = new Uint8Array(headroom + payload.length);
  longer.set(payload, headroom);
  return longer;
}
