/**
 * Snappy's block format: the length of the data as a varint, then literals and copies.
 *
 * @see https://github.com/google/snappy/blob/main/format_description.txt
 */

/** The most data that the framing format puts in one block: offsets fit in 16 bits. */
export const blockBytes: number = 65536;

const tableBits = 14;
const shortestMatch = 4;

/** The most bytes that a block of `length` bytes can take: its length, one literal for all of it, and some play. */
export function largestBlock(length: number): number {
  return 32 + length + Math.ceil(length / 6);
}

/** Makes the table that {@link compressBlock} looks for matches with. */
export function makeMatchTable(): Uint16Array {
  return new Uint16Array(1 << tableBits);
}

/**
 * Writes the data in `source` from `start` to `end` (at most {@link blockBytes}) as a block at `at` in `target`.
 *
 * @param table - from {@link makeMatchTable}; what is in it does not matter
 * @returns where the block ends in `target`
 */
export function compressBlock(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
  table: Uint16Array,
): number {
  let out = writeVarint(target, at, end - start);
  // A zero stands for the first position, which is a fair guess too: candidates are compared anyway.
  table.fill(0);
  let literal = start;
  let position = start;
  // Looks at fewer positions the longer nothing matches: data that does not compress is passed over quickly.
  let patience = 32;
  while (position + shortestMatch <= end) {
    const word = load32(source, position);
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - tableBits);
    const candidate = start + (table[slot] as number);
    table[slot] = position - start;
    if (candidate >= position || load32(source, candidate) !== word) {
      position += patience++ >> 5;
      continue;
    }
    let length = shortestMatch;
    while (position + length < end && source[candidate + length] === source[position + length]) length++;
    if (literal < position) out = writeLiteral(source, literal, position, target, out);
    out = writeCopy(position - candidate, length, target, out);
    position += length;
    literal = position;
    patience = 32;
  }
  return literal < end ? writeLiteral(source, literal, end, target, out) : out;
}

/**
 * The length that the block in `bytes` from `start` to `end` says its data has; -1 when it cannot be.
 */
export function blockLength(bytes: Uint8Array, start: number, end: number): number {
  let length = 0;
  for (let i = 0; i < 3 && start + i < end; i++) {
    const byte = bytes[start + i] as number;
    length |= (byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      // No element gives more than 64 bytes for its three: a block is not believed before memory is taken for it.
      return length <= blockBytes && length <= 64 * (end - start) ? length : -1;
    }
  }
  return -1;
}

/**
 * Writes the data of the block in `bytes` from `start` to `end` at `at` in `target`, `length` bytes.
 *
 * @returns whether the block is sound and has just as much data
 */
export function decompressBlock(
  bytes: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
  length: number,
): boolean {
  let position = start;
  while ((bytes[position++] as number) >= 0x80);
  let out = at;
  const limit = at + length;
  while (position < end) {
    const tag = bytes[position++] as number;
    const kind = tag & 3;
    if (kind === 0) {
      let size = (tag >> 2) + 1;
      if (size > 60) {
        const extra = size - 60;
        if (position + extra > end) return false;
        size = loadLength(bytes, position, extra) + 1;
        position += extra;
      }
      if (size > end - position || size > limit - out) return false;
      if (size < 32) for (let i = 0; i < size; i++) target[out + i] = bytes[position + i] as number;
      else target.set(bytes.subarray(position, position + size), out);
      position += size;
      out += size;
      continue;
    }
    const extra = kind === 3 ? 4 : kind;
    if (position + extra > end) return false;
    const low = loadLength(bytes, position, extra);
    position += extra;
    const size = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const offset = kind === 1 ? ((tag >> 5) << 8) | low : low;
    if (offset === 0 || offset > out - at || size > limit - out) return false;
    // Byte by byte: a copy may overlap with itself, and then repeats.
    for (const stop = out + size; out < stop; out++) target[out] = target[out - offset] as number;
  }
  return out === limit;
}

function load32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

function loadLength(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = count - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] as number);
  return value;
}

function writeVarint(target: Uint8Array, at: number, value: number): number {
  let out = at;
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) target[out++] = rest | 0x80;
  target[out++] = rest;
  return out;
}

function writeLiteral(source: Uint8Array, from: number, to: number, target: Uint8Array, at: number): number {
  let out = at;
  const n = to - from - 1;
  if (n < 60) {
    target[out++] = n << 2;
  } else if (n < 256) {
    target[out++] = 60 << 2;
    target[out++] = n;
  } else {
    target[out++] = 61 << 2;
    target[out++] = n;
    target[out++] = n >> 8;
  }
  if (n < 32) for (let i = from; i < to; i++) target[out++] = source[i] as number;
  else {
    target.set(source.subarray(from, to), out);
    out += n + 1;
  }
  return out;
}

/** A copy has at most 64 bytes, and what is left for the last one must not be less than 4. */
function writeCopy(offset: number, length: number, target: Uint8Array, at: number): number {
  let out = at;
  let rest = length;
  while (rest > 64) {
    const size = rest >= 68 ? 64 : 60;
    out = writeLongCopy(offset, size, target, out);
    rest -= size;
  }
  if (rest >= 12 || offset >= 2048) return writeLongCopy(offset, rest, target, out);
  target[out++] = ((offset >> 8) << 5) | ((rest - 4) << 2) | 1;
  target[out++] = offset;
  return out;
}

function writeLongCopy(offset: number, length: number, target: Uint8Array, at: number): number {
  target[at] = ((length - 1) << 2) | 2;
  target[at + 1] = offset;
  target[at + 2] = offset >> 8;
  return at + 3;
}
