import {
  create,
  type DescMessage,
  fromBinary,
  type Message,
  type MessageInitShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import { setDetailTypes } from "../error/detail.js";
import { checkInit } from "./check-init.js";
import { checkWeight } from "./es-size.js";
import type { MessageCodec } from "./message-codec.js";

/** Does what protobuf-es does, faster. Both answer `undefined` for what they leave to it, which is all that is out of the ordinary. */
export interface FastBinary {
  /** Checks an init shape and all that is in it. @throws TypeError */
  check(schema: DescMessage, init: object): void;
  encode(schema: DescMessage, message: Message, headroom: number): Uint8Array | undefined;
  decode(schema: DescMessage, bytes: Uint8Array, start: number, end: number): Message | undefined;
}

let fast: FastBinary | undefined;

/** Gives all codecs a faster way. Browsers do without: it is 5 KB that they would load. */
export function setFastBinary(binary: FastBinary): void {
  fast = binary;
}

/**
 * The codec of a message type from its protobuf-es schema. It has no JSON methods of its own:
 * `jsonReflection` works from the schema, so that binary clients can do without JSON code.
 */
export function esCodec<Shape extends Message>(schema: GenMessage<Shape>): MessageCodec<Shape>;
export function esCodec<Shape extends Message, Others extends { jsonType?: unknown; validType?: unknown }>(
  schema: GenMessage<Shape, Others>,
): MessageCodec<Shape>;
export function esCodec(schema: DescMessage): MessageCodec<Message>;
// `MessageShape` in the place of the first signature costs the type checker 200 instantiations at each use: 400 for an RPC.
export function esCodec(schema: DescMessage): MessageCodec<Message> {
  const { typeName } = schema;
  return {
    typeName,
    schema,
    create(init) {
      if (init === undefined) return create(schema);
      if (typeof init !== "object" || init === null) {
        throw new TypeError(
          `expected a message of type ${typeName} or an init shape of it, got ${init === null ? "null" : typeof init}`,
        );
      }
      if ((init as Message).$typeName === typeName) return init as Message;
      if (fast === undefined) checkInit(init, typeName, (record) => hasMember(schema, record));
      else fast.check(schema, init);
      return create(schema, init as MessageInitShape<DescMessage>);
    },
    toBinary(message, headroom) {
      const encoded = fast?.encode(schema, message, headroom);
      if (encoded !== undefined) return encoded;
      const payload = toBinary(schema, message);
      const bytes = new Uint8Array(headroom + payload.length);
      bytes.set(payload, headroom);
      return bytes;
    },
    fromBinary(bytes, start, end, decodedMaxBytes) {
      if (decodedMaxBytes !== undefined) checkWeight(schema, bytes, start, end, decodedMaxBytes);
      const decoded = fast?.decode(schema, bytes, start, end);
      if (decoded !== undefined) return decoded;
      // A plain view, and not a subarray: of a Node Buffer that would be a Buffer, and so would the message's bytes fields be.
      return fromBinary(schema, new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start));
    },
  };
}

/** Whether an object has a member of a message. */
export function hasMember({ members }: DescMessage, init: object): boolean {
  return members.some(({ localName }) => localName in init);
}

/** Whoever has schemas can give the details of errors by them. */
export function useSchemasInDetails(): void {
  setDetailTypes(esCodec as (schema: DescMessage) => MessageCodec);
}

useSchemasInDetails();
