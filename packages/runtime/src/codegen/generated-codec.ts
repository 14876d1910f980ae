import type { Message } from "@bufbuild/protobuf";
import { BinaryWriter } from "../message/binary-writer.js";
import { checkInit, checkMember } from "../message/check-init.js";
import type { MessageCodec } from "../message/message-codec.js";
import { type Converters, isInit } from "./init.js";
import type { JsonForm } from "./json-form.js";
import { Reader } from "./reader.js";

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

/**
 * Makes a codec of what is generated for a message. It passes for whatever is expected: TypeScript would spend a lot of
 * memory on comparing the types of each message's functions, which the generator knows to fit.
 *
 * @param members - see `membersOf`
 * @param convertersOf - where there are oneofs or members to convert: see `converted`
 */
export function generatedCodec(
  typeName: string,
  empty: () => unknown,
  members: string,
  write: (writer: BinaryWriter, message: never) => void,
  read: (reader: Reader, message: never, endTag: number) => void,
  convertersOf?: (members: string) => Converters,
): never {
  const make = makerOf(typeName, empty as () => Message, members, convertersOf);
  return codecOfFunctions(typeName, empty as () => Message, make, write as never, read as never) as never;
}

/** What makes a message of an init shape. Members that are null or undefined are not set, and unknown ones passed over. */
export function makerOf<T>(
  typeName: string,
  empty: () => T,
  text: string,
  convertersOf: (members: string) => Converters = plainMembers,
): (init: object) => T {
  let members: Converters | undefined;
  const hasMember = (init: object): boolean => members?.some(([name]) => name in init) === true;
  return (init) => {
    const message = empty();
    const from = init as { readonly [name: string]: unknown };
    members ??= convertersOf(text);
    checkInit(init, typeName, hasMember);
    for (const [name, convert] of members) {
      const value = from[name];
      // What every object has is no member.
      if (value === undefined || value === null || (name in Object.prototype && !Object.hasOwn(from, name))) continue;
      if (typeof value === "object" || typeof value === "function") checkMember(value, typeName, name);
      const converted = convert === undefined ? value : convert(value);
      if (converted !== undefined) (message as { [name: string]: unknown })[name] = converted;
    }
    return message;
  };
}

/** The members of a message without oneofs, none of which is converted. The first name in a word is that in the message. */
function plainMembers(text: string): Converters {
  return text.split(" ").flatMap((word) => (/[\w$]+/.exec(word) ?? []).map((name) => [name, undefined] as const));
}

/** Makes a codec of functions. */
export function codecOfFunctions<T extends Message>(
  typeName: T["$typeName"],
  empty: () => T,
  make: (init: object) => T,
  write: (writer: BinaryWriter, message: T) => void,
  read: (reader: Reader, message: T, endTag: number) => void,
): GeneratedCodec<T> {
  return {
    typeName,
    empty,
    write,
    read,
    nested(init) {
      return isInit(init, typeName) ? make(init) : (init as T);
    },
    create(init) {
      if (init === undefined) return empty();
      if (typeof init !== "object" || init === null) {
        throw new TypeError(
          `expected a message of type ${typeName} or an init shape of it, got ${init === null ? "null" : typeof init}`,
        );
      }
      return (init as T).$typeName === typeName ? (init as T) : make(init);
    },
    toBinary(message, headroom) {
      return toBinary(typeName, write, message, headroom);
    },
    fromBinary(bytes, start, end, decodedMaxBytes) {
      const message = empty();
      read(new Reader(bytes, start, end, decodedMaxBytes), message, 0);
      return message;
    },
  };
}

/** A codec with JSON besides the binary form. */
export function withJson<T>(codec: GeneratedCodec<T>, json: JsonForm<T>): GeneratedCodec<T> {
  return { ...codec, ...json };
}

/** What the codec of a message refers to, in a function: messages refer to each other. */
export function list(...items: readonly unknown[]): readonly unknown[] {
  return items;
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

/** Refuses a message of another type, by its `$typeName`: its fields would be written in the wrong places. */
export function checkType(given: unknown, typeName: string): void {
  if (given !== typeName) throw new Error(`cannot use a ${String(given)} as a ${typeName}`);
}

/** Refuses a message without a required field (proto2, and `field_presence = LEGACY_REQUIRED`). */
export function missingField(field: string): Error {
  return new Error(`the required field ${field} is not set`);
}
