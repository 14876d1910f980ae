import { create, fromBinary, isFieldSet, type Message, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import type { Pair } from "./generated.js";
import { difference, expectSame, messageDifference } from "./same.js";
import { normalize, restoreUnknown } from "./strict.js";

/** The bytes of a message, or none of one that lacks a required field. */
export function bytesOf({ schema }: Pair, message: Message): Uint8Array {
  try {
    return toBinary(schema, message);
  } catch {
    return new Uint8Array(0);
  }
}

/** The generated codec writes the bytes that protobuf-es writes, or refuses what protobuf-es refuses. */
export function checkEncode({ schema, codec }: Pair, message: Message, headroom = 5): void {
  expectSame(
    // On Node the bytes are a Buffer.
    () => new Uint8Array(codec.toBinary(message, headroom).subarray(headroom)),
    () => toBinary(schema, message),
  );
}

/**
 * The generated codec reads what protobuf-es reads out of bytes, or refuses what protobuf-es refuses (see
 * {@link normalize}); what it has read is a message to protobuf-es, and is written as protobuf-es writes it. The bytes
 * lie in the middle of others.
 */
export function checkDecode({ schema, codec }: Pair, bytes: Uint8Array): void {
  const chunk = new Uint8Array(bytes.length + 20).fill(0x0a);
  chunk.set(bytes, 7);
  let mine: Message | undefined;
  expectSame(
    () => {
      mine = codec.fromBinary(chunk, 7, 7 + bytes.length);
      return mine;
    },
    () => {
      const normal = normalize(schema, bytes);
      if (normal === undefined) throw new Error("the bytes are not well-formed");
      const message = fromBinary(schema, normal.bytes);
      restoreUnknown(message, normal.standIns);
      return message;
    },
    (a, b) => {
      for (const field of schema.fields) {
        if (isFieldSet(a, field) !== isFieldSet(b, field)) return `${field.name} is set in one only`;
      }
      return messageDifference(schema, a, b);
    },
  );
  if (mine !== undefined) checkEncode({ schema, codec }, mine, 0);
}

/** The generated codec makes of an init shape what protobuf-es makes of it. */
export function checkCreate({ schema, codec }: Pair, init: unknown): void {
  expectSame(
    () => codec.create(init),
    () => create(schema, init as MessageInitShape<typeof schema>),
    (a, b) => messageDifference(schema, a, b) ?? difference(a, b),
  );
}
