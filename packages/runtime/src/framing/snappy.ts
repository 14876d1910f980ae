import { checkOptions } from "../check-options.js";
import { ConnectError } from "../error/connect-error.js";
import type { Compression } from "./compression.js";
import { crc32c } from "./crc32c.js";
import {
  blockBytes,
  blockLength,
  compressBlock,
  decompressBlock,
  largestBlock,
  makeMatchTable,
} from "./snappy-block.js";

/** The chunk that a stream begins with: its type, its length and "sNaPpY". */
const streamIdentifier: readonly number[] = [0xff, 6, 0, 0, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59];
const compressedChunk = 0x00;
const uncompressedChunk = 0x01;
/** Types from here to 0xfe are padding, or reserved and to be skipped. */
const firstSkippable = 0x80;
/** Type and length, then the checksum of a chunk with data. */
const chunkHead = 4;
const checksum = 4;

/**
 * Snappy in its framing format, in plain JavaScript.
 *
 * @see https://github.com/google/snappy/blob/main/framing_format.txt
 * @throws TypeError for an option: it has none
 */
export function snappy(options: Readonly<Record<string, never>> = {}): Compression {
  checkOptions("snappy", options, {});
  let table: Uint16Array | undefined;
  return {
    name: "snappy",
    compress(bytes) {
      table ??= makeMatchTable();
      return compress(bytes, table);
    },
    decompress,
  };
}

function compress(bytes: Uint8Array, table: Uint16Array): Uint8Array {
  const chunks = Math.ceil(bytes.length / blockBytes);
  const target = new Uint8Array(
    streamIdentifier.length + chunks * (chunkHead + checksum + 64) + largestBlock(bytes.length),
  );
  target.set(streamIdentifier);
  let out = streamIdentifier.length;
  for (let start = 0; start < bytes.length; start += blockBytes) {
    const end = Math.min(bytes.length, start + blockBytes);
    const body = out + chunkHead + checksum;
    let stop = compressBlock(bytes, start, end, target, body, table);
    let type = compressedChunk;
    // Less than an eighth saved is not worth the work of decompressing it.
    if (stop - body >= end - start - ((end - start) >> 3)) {
      type = uncompressedChunk;
      target.set(bytes.subarray(start, end), body);
      stop = body + end - start;
    }
    target[out] = type;
    store(target, out + 1, stop - out - chunkHead, 3);
    store(target, out + chunkHead, mask(crc32c(bytes, start, end)), checksum);
    out = stop;
  }
  return target.slice(0, out);
}

function decompress(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const target = new Uint8Array(measure(bytes, maxBytes));
  let out = 0;
  for (let at = 0; at < bytes.length; ) {
    const start = at + chunkHead;
    const end = start + load(bytes, at + 1, 3);
    const type = bytes[at] as number;
    at = end;
    if (type > uncompressedChunk) continue;
    const body = start + checksum;
    const length = type === uncompressedChunk ? end - body : blockLength(bytes, body, end);
    if (type === uncompressedChunk) target.set(bytes.subarray(body, end), out);
    else if (!decompressBlock(bytes, body, end, target, out, length)) throw corrupt("a block is damaged");
    if (mask(crc32c(target, out, out + length)) !== load(bytes, start, checksum)) {
      throw corrupt("a checksum does not match");
    }
    out += length;
  }
  return target;
}

/** How much data the chunks say they hold. It is found before any memory is taken for it. */
function measure(bytes: Uint8Array, maxBytes: number): number {
  let total = 0;
  for (let at = 0; at < bytes.length; ) {
    if (at + chunkHead > bytes.length) throw corrupt("it ends in the head of a chunk");
    const type = bytes[at] as number;
    const start = at + chunkHead;
    const end = start + load(bytes, at + 1, 3);
    if (end > bytes.length) throw corrupt("it ends in a chunk");
    if (at === 0 || type === streamIdentifier[0]) checkIdentifier(bytes, at);
    else if (type <= uncompressedChunk) {
      const body = start + checksum;
      const length = body > end ? -1 : type === uncompressedChunk ? end - body : blockLength(bytes, body, end);
      if (length < 0 || length > blockBytes) throw corrupt("a chunk has an impossible length");
      total += length;
      if (total > maxBytes) {
        throw new ConnectError(
          "resource_exhausted",
          `message is larger than ${maxBytes} bytes after decompression: raise readMaxBytes to accept it`,
        );
      }
    } else if (type < firstSkippable) {
      throw corrupt(`it has a chunk of the reserved type ${type}`);
    }
    at = end;
  }
  return total;
}

function checkIdentifier(bytes: Uint8Array, at: number): void {
  for (let i = 0; i < streamIdentifier.length; i++) {
    if (bytes[at + i] !== streamIdentifier[i]) throw corrupt("it does not begin with the stream identifier");
  }
}

/** Checksums are masked, so that data with checksums in it has no foreseeable one (framing format section 3). */
function mask(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function store(target: Uint8Array, at: number, value: number, count: number): void {
  for (let i = 0; i < count; i++) target[at + i] = value >>> (8 * i);
}

function load(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = count - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] as number);
  return value;
}

function corrupt(why: string): ConnectError {
  return new ConnectError("invalid_argument", `the message is not in snappy's framing format: ${why}`);
}
