import { entryWeight, numberWeight } from "../message/decoded-size.js";
import { type GeneratedCodec, readFields } from "./generated-codec.js";
import { type Choice, type Fields, setEntry } from "./init.js";
import { open, type Reader } from "./reader.js";

// What is given is not declared to be of the message's type: TypeScript would look into the codec of each message, and the
// generator knows that they fit.

type Codec = GeneratedCodec<unknown>;

/** Reads a message that has its length in front, into the one that is there already. */
export function readMessage(r: Reader, message: unknown, codec: unknown): Fields {
  return readInto(r, message ?? (codec as Codec).empty(), codec as Codec);
}

/** Reads a message into a list. */
export function readItem(r: Reader, list: unknown[], codec: unknown): void {
  list.push(readInto(r, (codec as Codec).empty(), codec as Codec));
}

/** Reads the message of a oneof, into the one that is there already. */
export function readCase(r: Reader, choice: Choice, name: string, codec: unknown): Choice {
  return { case: name, value: readMessage(r, choice.case === name ? choice.value : undefined, codec) };
}

/** Reads a wrapper for the value that it wraps. */
export function readWrapped(r: Reader, value: unknown, codec: unknown): Fields {
  const wrapper = (codec as GeneratedCodec<{ value: unknown }>).empty();
  if (value !== undefined) wrapper.value = value;
  return readInto(r, wrapper, codec as GeneratedCodec<{ value: unknown }>).value;
}

function readInto<T>(r: Reader, message: T, codec: GeneratedCodec<T>): T {
  const end = open(r);
  readFields(r, message, codec);
  r.end = end;
  return message;
}

/** Reads a message that is a group, into the one that is there already. */
export function readGroup(r: Reader, message: unknown, codec: unknown, endTag: number): Fields {
  const group = message ?? (codec as Codec).empty();
  const { end, groupEnd, groupDepth } = r;
  r.groupEnd = endTag;
  r.groupDepth = r.depth + 1;
  readFields(r, group, codec as Codec);
  if (r.groupEnd !== 0) throw new Error("invalid end group tag");
  r.end = end;
  r.groupEnd = groupEnd;
  r.groupDepth = groupDepth;
  return group;
}

/** A oneof with its value. */
export function choice(name: string, value: unknown): Choice {
  return { case: name, value };
}

/** Reads a value into a list. */
export function readValue(r: Reader, list: unknown[], read: (r: Reader) => unknown): void {
  list.push(read(r));
}

/** Reads a packed list. */
export function readPacked(r: Reader, list: unknown[], read: (r: Reader) => unknown): void {
  const end = open(r);
  r.add(numberWeight * (r.end - r.pos));
  while (r.pos < r.end) list.push(read(r));
  r.end = end;
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
  r.add(entryWeight);
  const end = open(r);
  let key = defaultKey;
  let value = defaultValue;
  while (r.pos < r.end) {
    const tag = r.innerTag();
    if (tag === keyTag) key = readKey(r);
    else if (tag === valueTag) value = readValue(r);
    else r.skip(tag);
  }
  r.end = end;
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
  const message = (codec as Codec).empty();
  r.add(entryWeight);
  const end = open(r);
  let key = defaultKey;
  while (r.pos < r.end) {
    const tag = r.innerTag();
    if (tag === keyTag) key = readKey(r);
    // The field 2, with its length in front.
    else if (tag === 18) readInto(r, message, codec as Codec);
    else r.skip(tag);
  }
  r.end = end;
  setEntry(map, key, convert === undefined ? message : convert(message as never));
}
