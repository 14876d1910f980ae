import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { MessageCodec } from "./message-codec.js";

/**
 * The codec of a message type from its protobuf-es schema. It has no JSON methods of its own:
 * `json()` works from the schema, so a client without `json()` bundles no JSON code.
 */
export function esCodec<Desc extends DescMessage>(schema: Desc): MessageCodec<MessageShape<Desc>> {
  const { typeName } = schema;
  return {
    typeName,
    schema,
    create(init) {
      if (init === undefined) return create(schema);
      if (typeof init !== "object" || init === null) {
        throw new TypeError(
          `expected a ${typeName} or what one can be made from, got ${init === null ? "null" : typeof init}`,
        );
      }
      const { $typeName } = init as { readonly $typeName?: unknown };
      if ($typeName === typeName) return init as MessageShape<Desc>;
      if ($typeName !== undefined) throw new TypeError(`expected a ${typeName}, got a ${String($typeName)}`);
      return create(schema, init as MessageInitShape<Desc>);
    },
    toBinary(message, headroom) {
      const payload = toBinary(schema, message);
      if (headroom === 0) return payload;
      const bytes = new Uint8Array(headroom + payload.length);
      bytes.set(payload, headroom);
      return bytes;
    },
    fromBinary(bytes, start, end) {
      // A plain view, and not a subarray: of a Node Buffer that would be a Buffer, and so would the message's bytes fields be.
      return fromBinary(schema, new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start));
    },
  };
}
