import type { MessageCodec } from "./message-codec.js";

/** JSON is UTF-8, and bytes that are not must not become U+FFFD in silence. */
const decoder = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

/**
 * A message that is the bytes that it travels as, whatever they mean: for gateways and proxies, which pass messages on. Put it
 * into a spec as `input` and `output`. With `binary()` the bytes are protobuf; with `json()` they are JSON text, which a
 * codec `{ ...binary(), name: "json", text: true }` passes on without a look at it.
 *
 * @param typeName - for error texts
 */
export function bytesCodec(typeName = "message"): MessageCodec<Uint8Array> {
  return {
    typeName,
    create(init) {
      if (ArrayBuffer.isView(init)) return init as Uint8Array;
      throw new TypeError(`the bytes codec takes a ${typeName} as a Uint8Array of its encoded bytes`);
    },
    toBinary(message, headroom) {
      if (headroom === 0) return message;
      const bytes = new Uint8Array(headroom + message.byteLength);
      bytes.set(message, headroom);
      return bytes;
    },
    fromBinary: (bytes, start, end) => bytes.subarray(start, end),
    toJsonString: (message) => decoder.decode(message),
    fromJsonString: (text) => encoder.encode(text),
  };
}
