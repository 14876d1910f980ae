// A file of its own: a part of the zstd format, to hold beside its specification.

const magic = 0xfd2f_b528;

/**
 * The length of the zstd frame that begins here, or `undefined` when it is cut off or none (RFC 8878 section 3.1.1).
 *
 * Node 22 takes a cut-off frame for a complete one, and all versions read only the first of several.
 */
export function zstdFrameLength(bytes: Uint8Array): number | undefined {
  if (bytes.byteLength < 6) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== magic) return undefined;
  const descriptor = view.getUint8(4);
  const singleSegment = (descriptor & 0x20) !== 0;
  const contentSize = descriptor >> 6;
  let position = 5 + (singleSegment ? 0 : 1);
  position += [0, 1, 2, 4][descriptor & 3] as number;
  position += contentSize === 0 ? (singleSegment ? 1 : 0) : 1 << contentSize;
  for (let last = false; !last; ) {
    if (position + 3 > bytes.byteLength) return undefined;
    const header = view.getUint16(position, true) | (view.getUint8(position + 2) << 16);
    last = (header & 1) === 1;
    const type = (header >> 1) & 3;
    // A run-length block holds one byte, whatever its size says.
    position += 3 + (type === 1 ? 1 : header >> 3);
  }
  if ((descriptor & 4) !== 0) position += 4;
  return position <= bytes.byteLength ? position : undefined;
}
