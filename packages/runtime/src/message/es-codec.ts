import {
  create,
  type DescMessage,
  fromBinary,
  type Message,
  type MessageInitShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import { BinaryWriter } from "./binary-writer.js";
import { type Fields, messageWriter, type WriteMessage } from "./es-encoder.js";
import type { MessageCodec } from "./message-codec.js";

/**
 * The codec of a message type from its protobuf-es schema. It has no JSON methods of its own:
 * `json()` works from the schema, so a client without `json()` bundles no JSON code.
 */
export function esCodec<Shape extends Message>(schema: GenMessage<Shape>): MessageCodec<Shape>;
export function esCodec<Shape extends Message, Others extends { jsonType?: unknown; validType?: unknown }>(
  schema: GenMessage<Shape, Others>,
): MessageCodec<Shape>;
export function esCodec(schema: DescMessage): MessageCodec<Message>;
// `MessageShape` in the place of the first signature costs the type checker 200 instantiations at each use: 400 for an RPC.
export function esCodec(schema: DescMessage): MessageCodec<Message> {
  const { typeName } = schema;
  const write = lazyWriter(schema);
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
      if ($typeName === typeName) return init as Message;
      if ($typeName !== undefined) throw new TypeError(`expected a ${typeName}, got a ${String($typeName)}`);
      return create(schema, init as MessageInitShape<DescMessage>);
    },
    toBinary(message, headroom) {
      const encoded = encode(write, message as unknown as Fields, headroom);
      if (encoded !== undefined) return encoded;
      // Something is not as its type says: protobuf-es takes it, or says what is wrong.
      const payload = toBinary(schema, message);
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

/** Schemas are taken apart when their first message is encoded, not when a program loads. */
function lazyWriter(schema: DescMessage): WriteMessage {
  let made: WriteMessage | undefined;
  return (writer, message) => {
    made ??= messageWriter(schema);
    made(writer, message);
  };
}

/** A writer that nobody uses. */
let idle: BinaryWriter | undefined;

function encode(write: WriteMessage, message: Fields, headroom: number): Uint8Array | undefined {
  const writer = idle ?? new BinaryWriter();
  // A getter of a message might encode another one.
  idle = undefined;
  try {
    writer.start(headroom);
    write(writer, message);
    return writer.failed ? undefined : writer.finish();
  } catch {
    // So will protobuf-es, and with a better text.
    return undefined;
  } finally {
    idle = writer;
  }
}
