/** Four tables for four bytes at a time: 2.5 times as fast as one byte at a time. Made when first needed. */
let tables: Int32Array | undefined;

/** The CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `bytes` from `start` to `end`. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  tables ??= makeTables();
  const table = tables;
  let crc = -1;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    crc ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    crc =
      (table[768 + (crc & 255)] as number) ^
      (table[512 + ((crc >>> 8) & 255)] as number) ^
      (table[256 + ((crc >>> 16) & 255)] as number) ^
      (table[crc >>> 24] as number);
  }
  for (; at < end; at++) crc = (table[(crc ^ (bytes[at] as number)) & 255] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function makeTables(): Int32Array {
  const made = new Int32Array(4 * 256);
  for (let n = 0; n < 256; n++) {
    let crc = n;
    // The polynomial 0x1edc6f41, its bits reversed.
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    made[n] = crc;
  }
  for (let i = 256; i < made.length; i++) {
    const before = made[i - 256] as number;
    made[i] = (made[before & 255] as number) ^ (before >>> 8);
  }
  return made;
}
