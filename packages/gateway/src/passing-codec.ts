import {
  create,
  type DescMessage,
  fromBinary,
  type Message,
  type MessageInitShape,
  type Registry,
  toJsonString,
} from "@bufbuild/protobuf";
import type { MessageCodec } from "@connect-ts/runtime";
import { esCodec } from "@connect-ts/runtime/dynamic";

/** A message that passes as the bytes that it came in. */
export interface PassingBytes {
  readonly $bytes: Uint8Array;
}

export type Passing = Message | PassingBytes;

/**
 * The codec of messages that pass through: what comes in binary and goes out in binary is not decoded. What comes as JSON is a message, and
 * what goes out as JSON is decoded for it.
 *
 * @param registry - the types that may stand in `google.protobuf.Any`, in JSON that goes out
 */
export function passingCodec(schema: DescMessage, registry: Registry): MessageCodec<Passing> {
  const messages = esCodec(schema);
  return {
    typeName: schema.typeName,
    schema,
    create: (init) => (isPassing(init) ? init : create(schema, init as MessageInitShape<DescMessage> | undefined)),
    toBinary(message, headroom) {
      if (!isBytes(message)) return messages.toBinary(message, headroom);
      const { $bytes } = message;
      if (headroom === 0) return $bytes;
      const framed = new Uint8Array(headroom + $bytes.length);
      framed.set($bytes, headroom);
      return framed;
    },
    fromBinary: (bytes, start, end) => ({ $bytes: bytes.subarray(start, end) }),
    toJsonString(message, options) {
      const decoded = isBytes(message) ? fromBinary(schema, message.$bytes) : message;
      return toJsonString(schema, decoded, { ...options, registry: options.registry ?? registry });
    },
  };
}

function isBytes(message: Passing): message is PassingBytes {
  return "$bytes" in message;
}

function isPassing(init: unknown): init is Passing {
  return typeof init === "object" && init !== null && ("$bytes" in init || "$typeName" in init);
}
