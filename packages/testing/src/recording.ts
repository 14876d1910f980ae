import type { Message } from "@bufbuild/protobuf";
import {
  type Code,
  ConnectError,
  type HeaderMap,
  jsonReflection,
  type Kind,
  type MessageCodec,
} from "@connect-ts/runtime";

/** A message: as ProtoJSON, or its binary form in base64. */
export type RecordedMessage = { readonly json: unknown } | { readonly base64: string };

/** Headers or trailers, as pairs of name and value. */
export type RecordedFields = readonly (readonly [name: string, value: string])[];

/** When something of a response came. */
export interface RecordedTime {
  /**
   * After how many steps of the request: each message is one, and its end is one. @default after its end
   */
  readonly after?: number;
  /** Milliseconds from the call's start, if the recorder was asked for them. */
  readonly ms?: number;
}

/** How a call failed. */
export interface RecordedError {
  readonly code: Code;
  readonly message: string;
  /** Whether the server said so. */
  readonly remote: boolean;
  readonly metadata?: RecordedFields;
  readonly details?: readonly { readonly type: string; readonly base64: string; readonly debug?: unknown }[];
}

/** A call, as a line of a recording has it. */
export interface RecordedCall {
  /** `"/connectrpc.eliza.v1.ElizaService/Say"` */
  readonly procedure: string;
  readonly kind: Kind;
  readonly requestHeaders: RecordedFields;
  readonly requests: readonly RecordedMessage[];
  readonly responseHeaders?: RecordedFields;
  readonly responses: readonly (RecordedMessage & RecordedTime)[];
  readonly responseTrailers?: RecordedFields;
  readonly error?: RecordedError;
  readonly end?: RecordedTime;
}

/** @param form - JSON is for people; where a message has none, for lack of code or of a type in a registry, the bytes are taken */
export function writeMessage<T>(type: MessageCodec<T>, message: T, form: "json" | "base64"): RecordedMessage {
  const json = form === "json" ? jsonOf(type, message) : undefined;
  return json === undefined ? { base64: encode(type.toBinary(message, 0)) } : { json };
}

/** @throws TypeError when there is JSON and the code of the message has none; whatever the codec throws for another message */
export function readMessage<T>(type: MessageCodec<T>, recorded: RecordedMessage): T {
  if ("base64" in recorded) {
    const bytes = decode(recorded.base64);
    return type.fromBinary(bytes, 0, bytes.length);
  }
  const text = JSON.stringify(recorded.json);
  if (type.fromJsonString !== undefined) return type.fromJsonString(text, {});
  if (type.schema !== undefined) return jsonReflection.fromJsonString(type.schema, text, {}) as T;
  throw new TypeError(
    `the recording has ${type.typeName} as JSON, and its generated code reads none: generate with codecs=true, or record with messages: "base64"`,
  );
}

function jsonOf<T>(type: MessageCodec<T>, message: T): unknown {
  try {
    const { schema } = type;
    const text =
      type.toJsonString?.(message, {}) ?? (schema && jsonReflection.toJsonString(schema, message as Message, {}));
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a request is compared by: its JSON where it has one, so that neither the order of map entries nor the form of the recording counts. */
export function comparable<T>(type: MessageCodec<T>, message: T): unknown {
  return jsonOf(type, message) ?? encode(type.toBinary(message, 0));
}

export function writeError(error: ConnectError, fields: (map: HeaderMap) => RecordedFields): RecordedError {
  const { code, rawMessage, isRemote, metadata, details } = error;
  return {
    code,
    message: rawMessage,
    remote: isRemote,
    ...([...metadata].length > 0 && { metadata: fields(metadata) }),
    ...(details.length > 0 && {
      details: details.map(({ type, value, debug }) => ({
        type,
        base64: encode(value),
        ...(debug !== undefined && { debug }),
      })),
    }),
  };
}

export function readError({ code, message, remote, metadata, details }: RecordedError): ConnectError {
  const options = {
    metadata,
    details: details?.map(({ type, base64, debug }) => ({ type, value: decode(base64), debug })),
  };
  return remote ? ConnectError.remote(code, message, options) : new ConnectError(code, message, options);
}

function encode(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function decode(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
