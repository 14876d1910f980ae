import type { BinaryWriter } from "../message/binary-writer.js";

/** Writes a message with its length in front. */
export function writeMessage<T>(
  w: BinaryWriter,
  tag: number,
  message: T,
  write: (w: BinaryWriter, message: T) => void,
): void {
  w.uint32(tag);
  const at = w.fork();
  write(w, message);
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
