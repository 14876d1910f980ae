// Frames of HTTP/2, written by hand: what strangers send, and what is put between the frames of ours.

export type Bytes = readonly number[];

export const word = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

export const frameTypes = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
} as const;

/** RFC 9113 section 7. The runtime's own are what is looked at. */
export const errorCodes = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  settingsTimeout: 4,
  streamClosed: 5,
  frameSizeError: 6,
  compressionError: 9,
  connectError: 10,
  enhanceYourCalm: 11,
} as const;

export const flagEnd = 1;
export const flagEndHeaders = 4;
export const flagPadded = 8;
export const flagPriority = 32;

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: ArrayLike<number>,
  size: number = payload.length,
): Buffer {
  const bytes = Buffer.alloc(9 + payload.length);
  bytes.writeUIntBE(size & 0xff_ffff, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream >>> 0, 5);
  bytes.set(payload, 9);
  return bytes;
}

/** A string of a field line, without Huffman's code (RFC 7541 section 5.2). */
export function literal(text: string): Bytes {
  const bytes = [...Buffer.from(text, "latin1")];
  return [...integer(bytes.length, 127), ...bytes];
}

/** RFC 7541 section 5.1, for a prefix whose other bits are 0. */
function integer(value: number, most: number): Bytes {
  if (value < most) return [value];
  const result = [most];
  let rest = value - most;
  for (; rest > 127; rest >>= 7) result.push((rest & 127) | 128);
  return [...result, rest];
}

/** A field line. `kind` is 0: not indexed, 16: never indexed, 64: put into the table (RFC 7541 section 6.2). */
export function field(kind: number, name: string, value: string): Bytes {
  return [kind, ...literal(name), ...literal(value)];
}
