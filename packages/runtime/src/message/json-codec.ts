import type { DescMessage } from "@bufbuild/protobuf";
import { fromJson, fromJsonString, type MessageShape, toJson, toJsonString } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "../error/connect-error.js";
import type { Codec } from "./codec.js";
import type { JsonOptions, MessageCodec } from "./message-codec.js";

const encoder = new TextEncoder();
/** JSON is UTF-8 (RFC 8259 section 8.1), and bytes that are not must not become U+FFFD in silence. */
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * ProtoJSON: `application/json`, `application/grpc+json`.
 *
 * @param options - `registry` has the types that may stand in `google.protobuf.Any`. Unknown fields are ignored unless `ignoreUnknownFields` is false.
 * @see https://protobuf.dev/programming-guides/json/
 */
export function json(options?: JsonOptions): Codec {
  const settings: JsonOptions = {
    ignoreUnknownFields: true,
    reflection: { toJson, fromJson, any: AnySchema },
    ...options,
  };
  return {
    name: "json",
    text: true,
    encode(message, type, headroom) {
      return encodeText(write(message, type, settings), headroom);
    },
    decode(bytes, start, end, type) {
      // As other Connect implementations have it: an empty body is not the empty message.
      if (start === end) throw new ConnectError("invalid_argument", "zero-length payload is not a valid JSON object");
      return read(decoder.decode(bytes.subarray(start, end)), type, settings);
    },
  };
}

function write<T>(message: T, type: MessageCodec<T>, options: JsonOptions): string {
  if (type.toJsonString !== undefined) return type.toJsonString(message, options);
  if (type.schema === undefined) throw withoutJson(type.typeName);
  return toJsonString(type.schema, message as MessageShape<DescMessage>, options);
}

function read<T>(text: string, type: MessageCodec<T>, options: JsonOptions): T {
  if (type.fromJsonString !== undefined) return type.fromJsonString(text, options);
  if (type.schema === undefined) throw withoutJson(type.typeName);
  return fromJsonString(type.schema, text, options) as T;
}

function encodeText(text: string, headroom: number): Uint8Array {
  if (headroom === 0) return encoder.encode(text);
  // Most JSON is ASCII: then as many bytes as the string has units are enough.
  const bytes = new Uint8Array(headroom + text.length);
  if (encoder.encodeInto(text, bytes.subarray(headroom)).read === text.length) return bytes;
  const payload = encoder.encode(text);
  const longer = new Uint8Array(headroom + payload.length);
  longer.set(payload, headroom);
  return longer;
}

function withoutJson(typeName: string): ConnectError {
  return new ConnectError(
    "internal",
    `the codec of ${typeName} was generated without JSON: generate it with JSON or use binary()`,
  );
}
