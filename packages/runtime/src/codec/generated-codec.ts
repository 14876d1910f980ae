import type { Message } from "@bufbuild/protobuf";
import { BinaryWriter } from "../message/binary-writer.js";
import type { MessageCodec } from "../message/message-codec.js";
import { isInit } from "./init.js";
import type { JsonForm } from "./json-form.js";
import { Reader } from "./reader.js";

/** What a message is made from, as generated code sees it: what converts the members takes anything. */
export type InitOf<T> = { readonly [Name in keyof T]?: T[Name] | null };

/** The codec of a message from generated code, with what the codecs of other messages need of it. */
export interface GeneratedCodec<T> extends MessageCodec<T> {
  /** The message without any field set. */
  readonly empty: () => T;
  /** Makes the message of what stands in an init shape; a message is returned as it is. */
  readonly nested: (init: unknown) => T;
  /** Writes the fields. */
  readonly write: (writer: BinaryWriter, message: T) => void;
  /** Reads fields into a message up to the reader's end, or to `endTag`, the end of its group; 0 when it is none. */
  readonly read: (reader: Reader, message: T, endTag: number) => void;
}

/** Makes a codec of the functions that are generated for a message. */
export function generatedCodec<T extends Message>(
  typeName: T["$typeName"],
  empty: () => T,
  make: (init: InitOf<T>) => T,
  write: (writer: BinaryWriter, message: T) => void,
  read: (reader: Reader, message: T, endTag: number) => void,
  json?: JsonForm<T>,
): GeneratedCodec<T> {
  return {
    ...json,
    typeName,
    empty,
    write,
    read,
    nested(init) {
      return isInit(init, typeName) ? make(init as InitOf<T>) : (init as T);
    },
    create(init) {
      if (init === undefined) return empty();
      if (typeof init !== "object" || init === null) {
        throw new TypeError(
          `expected a ${typeName} or what one can be made from, got ${init === null ? "null" : typeof init}`,
        );
      }
      const { $typeName } = init as { readonly $typeName?: unknown };
      if ($typeName === typeName) return init as T;
      if ($typeName !== undefined) throw new TypeError(`expected a ${typeName}, got a ${String($typeName)}`);
      return make(init as InitOf<T>);
    },
    toBinary(message, headroom) {
      return toBinary(typeName, write, message, headroom);
    },
    fromBinary(bytes, start, end) {
      const message = empty();
      read(new Reader(bytes, start, end), message, 0);
      return message;
    },
  };
}

/** A writer that nobody uses: a getter of a message might encode another one. */
let idle: BinaryWriter | undefined;

function toBinary<T>(
  typeName: string,
  write: (writer: BinaryWriter, message: T) => void,
  message: T,
  headroom: number,
): Uint8Array {
  const writer = idle ?? new BinaryWriter();
  idle = undefined;
  writer.start(headroom);
  try {
    write(writer, message);
    return writer.finish();
  } catch (error) {
    const text = error instanceof Object && "message" in error ? error.message : error;
    throw new Error(`cannot encode ${typeName} to binary: ${text}`, { cause: error });
  } finally {
    idle = writer;
  }
}

/** Refuses a message of another type: its fields would be written in the wrong places. */
export function foreignMessage(typeName: string, message: unknown): Error {
  const other = (message as { readonly $typeName?: unknown } | null | undefined)?.$typeName;
  return new Error(`cannot use a ${String(other)} as a ${typeName}`);
}

/** Refuses a message without a required field (proto2, and `field_presence = LEGACY_REQUIRED`). */
export function missingField(field: string): Error {
  return new Error(`the required field ${field} is not set`);
}
