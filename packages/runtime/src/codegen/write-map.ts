// A file of its own: bundles without maps leave it out.
import { type BinaryWriter, fork, join } from "../message/binary-writer.js";
import { writeMessage } from "./write-message.js";

/** Writes a map. Keys are strings in the message, whatever their type: `keyOf` makes of them what `writeKey` writes. */
export function writeMap(
  w: BinaryWriter,
  tag: number,
  map: object,
  keyTag: number,
  writeKey: (w: BinaryWriter, tag: number, key: never) => void,
  valueTag: number,
  writeValue: (w: BinaryWriter, tag: number, value: never) => void,
  keyOf?: (key: string) => unknown,
): void {
  // `in` would find what is inherited as well.
  for (const [key, value] of Object.entries(map)) {
    w.uint32(tag);
    const at = fork(w);
    writeKey(w, keyTag, (keyOf === undefined ? key : keyOf(key)) as never);
    writeValue(w, valueTag, value as never);
    join(w, at);
  }
}

/** Writes a map whose values are messages. */
export function writeMessageMap(
  w: BinaryWriter,
  tag: number,
  map: object,
  keyTag: number,
  writeKey: (w: BinaryWriter, tag: number, key: never) => void,
  codec: unknown,
  keyOf?: (key: string) => unknown,
): void {
  const write = (_: BinaryWriter, valueTag: number, value: unknown): void => writeMessage(w, valueTag, value, codec);
  writeMap(w, tag, map, keyTag, writeKey, 18, write, keyOf);
}
