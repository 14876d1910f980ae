import { setEntry } from "./init.js";
import type { Reader } from "./reader.js";

/** Reads a message that has its length in front into another one. */
export function readMessage<T>(r: Reader, message: T, read: (r: Reader, message: T, endTag: number) => void): T {
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

/** Reads an entry of a map. */
export function readEntry<V>(
  r: Reader,
  map: object,
  defaultKey: string | number | bigint | boolean,
  keyTag: number,
  readKey: (r: Reader) => string | number | bigint | boolean,
  defaultValue: V,
  valueTag: number,
  readValue: (r: Reader) => V,
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
export function readMessageEntry<T>(
  r: Reader,
  map: object,
  defaultKey: string | number | bigint | boolean,
  keyTag: number,
  readKey: (r: Reader) => string | number | bigint | boolean,
  message: T,
  read: (r: Reader, message: T, endTag: number) => void,
  convert?: (message: T) => unknown,
): void {
  const end = r.entry();
  let key = defaultKey;
  while (r.pos < r.end) {
    const tag = r.tag();
    if (tag === keyTag) key = readKey(r);
    // The field 2, with its length in front.
    else if (tag === 18) readMessage(r, message, read);
    else r.skip(tag);
  }
  r.close(end);
  setEntry(map, key, convert === undefined ? message : convert(message));
}
