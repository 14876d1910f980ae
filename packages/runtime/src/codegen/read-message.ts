import type { GeneratedCodec } from "./generated-codec.js";
import { type Choice, setEntry } from "./init.js";
import type { Reader } from "./reader.js";

// What is given and what is returned is not declared to be of the message's type: TypeScript would look into the codec of
// each message, and the generator knows that they fit. `never` passes for whatever is expected.

type Codec = GeneratedCodec<unknown>;

/** Reads a message that has its length in front, into the one that is there already. */
export function readMessage(r: Reader, message: unknown, codec: unknown): never {
  const { empty, read } = codec as Codec;
  return readInto(r, message ?? empty(), read) as never;
}

/** Reads a message into a list. */
export function readItem(r: Reader, list: unknown[], codec: unknown): void {
  const { empty, read } = codec as Codec;
  list.push(readInto(r, empty(), read));
}

/** Reads the message of a oneof, into the one that is there already. */
export function readCase(r: Reader, choice: Choice, name: string, codec: unknown): Choice {
  return { case: name, value: readMessage(r, choice.case === name ? choice.value : undefined, codec) };
}

/** Reads a wrapper for the value that it wraps. */
export function readWrapped(r: Reader, value: unknown, codec: unknown): never {
  const { empty, read } = codec as GeneratedCodec<{ value: unknown }>;
  const wrapper = empty();
  if (value !== undefined) wrapper.value = value;
  return readInto(r, wrapper, read).value as never;
}

function readInto<T>(r: Reader, message: T, read: (r: Reader, message: T, endTag: number) => void): T {
  const end = r.open();
  read(r, message, 0);
  r.close(end);
  return message;
}

/** Reads a message that is a group. */
export function readGroup<T>(
  r: Reader,
  message: T,
  read: (r: Reader, message: T, endTag: number) => void,
  endTag: number,
): T {
  read(r, message, endTag);
  return message;
}

/** A oneof with its value. */
export function choice(name: string, value: unknown): Choice {
  return { case: name, value: value as never };
}

/** Reads a value into a list. */
export function readValue(r: Reader, list: unknown[], read: (r: Reader) => unknown): void {
  list.push(read(r));
}

/** Reads a packed list. */
export function readPacked(r: Reader, list: unknown[], read: (r: Reader) => unknown): void {
  const end = r.packed();
  while (r.pos < r.end) list.push(read(r));
  r.close(end);
}

/** Reads an entry of a map. */
export function readEntry(
  r: Reader,
  map: object,
  defaultKey: string | number | bigint | boolean,
  keyTag: number,
  readKey: (r: Reader) => string | number | bigint | boolean,
  defaultValue: unknown,
  valueTag: number,
  readValue: (r: Reader) => unknown,
): void {
  const end = r.entry();
  let key = defaultKey;
  let value = defaultValue;
  while (r.pos < r.end) {
    const tag = r.tag();
    if (tag === keyTag) key = readKey(r);
    else if (tag === valueTag) value = readValue(r);
    else r.skip(tag);
  }
  r.close(end);
  setEntry(map, key, value);
}

/** Reads an entry of a map whose values are messages. `convert` makes of one what stands in the map. */
export function readMessageEntry(
  r: Reader,
  map: object,
  defaultKey: string | number | bigint | boolean,
  keyTag: number,
  readKey: (r: Reader) => string | number | bigint | boolean,
  codec: unknown,
  convert?: (message: never) => unknown,
): void {
  const { empty, read } = codec as Codec;
  const message = empty();
  const end = r.entry();
  let key = defaultKey;
  while (r.pos < r.end) {
    const tag = r.tag();
    if (tag === keyTag) key = readKey(r);
    // The field 2, with its length in front.
    else if (tag === 18) readInto(r, message, read);
    else r.skip(tag);
  }
  r.close(end);
  setEntry(map, key, convert === undefined ? message : convert(message as never));
}
