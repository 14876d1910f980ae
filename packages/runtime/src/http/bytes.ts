// A file of its own, and in the lowest room: whatever makes or joins bytes needs it.

interface Pooled {
  readonly Buffer?: { readonly allocUnsafe?: (size: number) => Uint8Array };
}

/**
 * Memory to be written to from its first byte to its last; it may hold anything before.
 *
 * On Node it comes from the pool of `Buffer`: V8 takes five times as long for an array of its own, and `node:http2` three
 * times as long to send it.
 */
export const allocate: (size: number) => Uint8Array =
  (globalThis as Pooled).Buffer?.allocUnsafe ?? ((size) => new Uint8Array(size));

/**
 * How much memory to take for bytes that come in pieces, when `needed` of `length` are there. Sixteen times what has arrived, so
 * that a promise costs little before it is kept, and few bytes are copied twice. What would leave less than half for another
 * time has room for all.
 */
export function roomFor(needed: number, length: number): number {
  const room = Math.max(4096, 16 * needed);
  return 2 * room >= length ? length : room;
}

/**
 * Part of what was read, as a plain array whatever that is: of a Node Buffer a subarray would be a Buffer. It shares memory,
 * unless it is so small beside it that it would keep much alive for little.
 */
export function plainPart(bytes: Uint8Array, start: number, length: number): Uint8Array {
  const { buffer, byteOffset } = bytes;
  const part = new Uint8Array(buffer, byteOffset + start, length);
  return 8 * length < buffer.byteLength ? new Uint8Array(part) : part;
}

/** The parts one after another; a single one is not copied. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array;
  let size = 0;
  for (const { length } of parts) size += length;
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
