import type { Message } from "@bufbuild/protobuf";
import { BinaryWriter } from "../message/binary-writer.js";
import { checkInit, checkMember } from "../message/check-init.js";
import type { MessageCodec } from "../message/message-codec.js";
import { type Converters, type Fields, isInit } from "./init.js";
import type { JsonForm } from "./json-form.js";
import { Reader } from "./reader.js";
import { writeUnknown } from "./write-scalar.js";

/** The codec of a message from generated code, with what the codecs of other messages need of it. */
export interface GeneratedCodec<T> extends MessageCodec<T> {
  /** What the members of an empty message take in memory. */
  readonly weight: number;
  /** The message without any field set. */
  readonly empty: () => T;
  /** Makes the message of what stands in an init shape; a message is returned as it is. */
  readonly nested: (init: unknown) => T;
  /** Writes the fields that the schema knows, and returns the others. */
  readonly write: (writer: BinaryWriter, message: T) => unknown;
  /** Reads fields into a message up to the reader's end, or to the end of its group. */
  readonly read: (reader: Reader, message: T) => void;
}

/**
 * Makes a codec of what is generated for a message. It passes for whatever is expected: TypeScript would spend a lot of
 * memory on comparing the types of each message's functions, which the generator knows to fit.
 *
 * @param weight - what the members of an empty message take in memory
 * @param members - see `membersOf`
 * @param convertersOf - where there are oneofs or members to convert: see `converted`
 */
export function generatedCodec(
  typeName: string,
  weight: number,
  empty: () => object,
  write: (writer: BinaryWriter, message: Fields) => unknown,
  read: (reader: Reader, message: Fields) => void,
  members: string,
  convertersOf?: (members: string) => Converters,
): never {
  const make = makerOf(typeName, empty as () => Message, members, convertersOf);
  return codecOfFunctions(typeName, weight, empty as () => Message, make, write, read) as never;
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
  weight: number,
  empty: () => T,
  make: (init: object) => T,
  write: (writer: BinaryWriter, message: T) => unknown,
  read: (reader: Reader, message: T) => void,
): GeneratedCodec<T> {
  const codec: GeneratedCodec<T> = {
    typeName,
    weight,
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
      return toBinary(codec, message, headroom);
    },
    fromBinary(bytes, start, end, decodedMaxBytes) {
      const message = empty();
      readFields(new Reader(bytes, start, end, decodedMaxBytes), message, codec);
      return message;
    },
  };
  return codec;
}

/** Reads the fields of a message. */
export function readFields<T>(r: Reader, message: T, codec: GeneratedCodec<T>): void {
  r.enter(codec.typeName, codec.weight);
  codec.read(r, message);
  r.depth--;
}

/** Writes a message: its fields, and then what its schema does not know. */
export function writeFields<T>(w: BinaryWriter, message: T, codec: GeneratedCodec<T>): void {
  writeUnknown(w, codec.write(w, message) as Message["$unknown"]);
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

function toBinary<T>(codec: GeneratedCodec<T>, message: T, headroom: number): Uint8Array {
  const writer = idle ?? new BinaryWriter();
  idle = undefined;
  writer.start(headroom);
  try {
    writeFields(writer, message, codec);
    return writer.finish();
  } catch (error) {
    const text = error instanceof Object && "message" in error ? error.message : error;
    throw new Error(`cannot encode ${codec.typeName} to binary: ${text}`, { cause: error });
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
