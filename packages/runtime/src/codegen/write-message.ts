import type { BinaryWriter } from "../message/binary-writer.js";
import type { GeneratedCodec } from "./generated-codec.js";

// Codecs are not declared to be such: TypeScript would look into that of each message.

/** Writes a message with its length in front. */
export function writeMessage(w: BinaryWriter, tag: number, message: unknown, codec: unknown): void {
  w.uint32(tag);
  const at = w.fork();
  (codec as GeneratedCodec<unknown>).write(w, message);
  w.join(at);
}

/** Writes the message of a field, if it is set. */
export function messageField(w: BinaryWriter, tag: number, message: unknown, codec: unknown): void {
  if (message !== undefined) writeMessage(w, tag, message, codec);
}

/** Writes a list of messages. */
export function writeMessages(w: BinaryWriter, tag: number, messages: readonly unknown[], codec: unknown): void {
  for (const message of messages) writeMessage(w, tag, message, codec);
}

/** Writes a list of values, each with a tag. */
export function writeList(
  w: BinaryWriter,
  tag: number,
  values: readonly unknown[],
  write: (w: BinaryWriter, tag: number, value: never) => void,
): void {
  for (const value of values) write(w, tag, value as never);
}

/** Writes a packed list. */
export function writePacked(
  w: BinaryWriter,
  tag: number,
  values: readonly unknown[],
  write: (w: BinaryWriter, tag: number, value: never) => void,
): void {
  if (values.length === 0) return;
  w.uint32(tag);
  const at = w.fork();
  for (const value of values) write(w, 0, value as never);
  w.join(at);
}

/** Writes a message as a group: the tag of its end is one more than that of its start. */
export function writeGroup<T>(
  w: BinaryWriter,
  tag: number,
  message: T,
  write: (w: BinaryWriter, message: T) => void,
): void {
  w.uint32(tag);
  write(w, message);
  w.uint32(tag + 1);
}

/** Writes a value as the wrapper that it stands for. */
export function writeWrapped<T>(
  w: BinaryWriter,
  tag: number,
  value: T,
  isSet: boolean,
  write: (w: BinaryWriter, tag: number, value: T) => void,
  valueTag: number,
): void {
  w.uint32(tag);
  const at = w.fork();
  if (isSet) write(w, valueTag, value);
  w.join(at);
}

/** The same as a group. */
export function writeWrappedGroup<T>(
  w: BinaryWriter,
  tag: number,
  value: T,
  isSet: boolean,
  write: (w: BinaryWriter, tag: number, value: T) => void,
  valueTag: number,
): void {
  w.uint32(tag);
  if (isSet) write(w, valueTag, value);
  w.uint32(tag + 1);
}
