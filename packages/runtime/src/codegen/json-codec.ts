// A file of its own: bundles without JSON leave it out.
import type { Message } from "@bufbuild/protobuf";
import type { BinaryWriter } from "../message/binary-writer.js";
import { codecOfFunctions, makerOf, withJson } from "./generated-codec.js";
import type { Converters, Fields } from "./init.js";
import type { JsonExtensions } from "./json-extensions.js";
import { messageJson } from "./message-json.js";
import type { Reader } from "./reader.js";

/**
 * Makes a codec with JSON of what is generated for a message: see `generatedCodec`.
 *
 * @param weight - what the members of an empty message take in memory
 * @param members - see `membersOf`
 * @param types - those of the fields, in the same order
 * @param convertersOf - `convertersOfTypes` where there are oneofs or members to convert
 */
export function jsonCodec(
  typeName: string,
  weight: number,
  empty: () => object,
  write: (writer: BinaryWriter, message: Fields) => unknown,
  read: (reader: Reader, message: Fields) => void,
  members: string,
  types: () => readonly unknown[],
  convertersOf?: (members: string, types: readonly unknown[]) => Converters,
  extensions?: JsonExtensions,
): never {
  const make = makerOf(
    typeName,
    empty as () => Message,
    members,
    convertersOf && ((text) => convertersOf(text, types())),
  );
  const codec = codecOfFunctions(typeName, weight, empty as () => Message, make, write, read);
  const json = messageJson(codec, members, types, extensions);
  return withJson(codec, json) as never;
}
