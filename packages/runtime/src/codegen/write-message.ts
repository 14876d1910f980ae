import { type BinaryWriter, fork, join } from "../message/binary-writer.js";
import { type GeneratedCodec, writeFields } from "./generated-codec.js";
import type { Fields } from "./init.js";

// Codecs are not declared to be such: TypeScript would look into that of each message.

/** Writes a message with its length in front. */
export function writeMessage(w: BinaryWriter, tag: number, message: unknown, codec: unknown): void {
  w.uint32(tag);
  const at = fork(w);
  writeFields(w, message, codec as GeneratedCodec<unknown>);
  join(w, at);
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
  const at = fork(w);
  for (const value of values) write(w, 0, value as never);
  join(w, at);
}

/** Makes of functions that each write a part of a message's fields the one that writes all of them, and returns what the last returns. */
export function inParts(
  ...parts: readonly ((w: BinaryWriter, message: Fields) => unknown)[]
): (w: BinaryWriter, message: Fields) => unknown {
  return (w, message) => {
    let unknown: unknown;
    for (const write of parts) unknown = write(w, message);
    return unknown;
  };
}

/** Writes a message as a group: the tag of its end is one more than that of its start. */
export function writeGroup(w: BinaryWriter, tag: number, message: unknown, codec: unknown): void {
  w.uint32(tag);
  writeFields(w, message, codec as GeneratedCodec<unknown>);
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
  const at = fork(w);
  if (isSet) write(w, valueTag, value);
  join(w, at);
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
