import { checkOptions, whole } from "../check-options.js";
import { ConnectError } from "../error/connect-error.js";
import type { Compression } from "../framing/compression.js";
import type { Awaitable } from "../http/awaitable.js";
import { builtin } from "./builtin.js";
import { messageOf } from "./failure.js";
import { zstdFrameLength } from "./zstd-frame.js";

/** Up to this size the time of a hop to the thread pool is longer than the work. */
const syncBytes = 16_384;

/** What zlib allocates at a time. Node 24's default is 64 KiB, which a small message would hold on to. */
const chunkSize = 16_384;

/** Constants of zlib, of Brotli and of Zstandard, which their formats pin. */
const defaultLevel = -1;
const qualityParam = 1;
const zstdLevelParam = 100;

/** Every request and answer may be compressed, few are. */
const zlib = () => builtin("node:zlib");

type Callback = (error: Error | null, result: Uint8Array) => void;

/** The functions of `node:zlib` that one compression is made of. */
interface ZlibFunctions {
  compressSync(bytes: Uint8Array): Uint8Array;
  compress(bytes: Uint8Array, callback: Callback): void;
  /** Both want `info: true`. */
  decompressSync(bytes: Uint8Array, options: DecompressOptions): unknown;
  decompress(
    bytes: Uint8Array,
    options: DecompressOptions,
    callback: (error: Error | null, result: unknown) => void,
  ): void;
}

interface DecompressOptions {
  readonly maxOutputLength: number;
  readonly chunkSize: number;
  readonly info: true;
}

/** What `info: true` makes of the result; Node's types do not know it. */
interface Decompressed {
  readonly buffer: Uint8Array;
  /** `bytesWritten` is how much of the input was used: what comes after the end of the compressed data is left over. */
  readonly engine: { readonly bytesWritten: number };
}

/** Options of {@link gzip} and {@link deflate}. */
export interface ZlibCompressionOptions {
  /** 1 is fastest, 9 smallest. @default 6 */
  readonly level?: number | undefined;
}

/** What is compressed with where nobody says. */
export function orGzip(compressions: readonly Compression[] | undefined): readonly Compression[] {
  return compressions ?? [gzip()];
}

function zlibLevel(owner: string, options: ZlibCompressionOptions): number {
  checkOptions(owner, options, { level: whole("number", 1, 9) });
  return options.level ?? defaultLevel;
}

/** gzip (RFC 1952), which every gRPC and Connect implementation has. */
export function gzip(options: ZlibCompressionOptions = {}): Compression {
  const level = zlibLevel("gzip", options);
  return zlibCompression("gzip", {
    compressSync: (bytes) => zlib().gzipSync(bytes, { level }),
    compress: (bytes, callback) => zlib().gzip(bytes, { level }, callback),
    decompressSync: (bytes, options) => zlib().gunzipSync(bytes, options),
    decompress: (bytes, options, callback) => zlib().gunzip(bytes, options, callback),
  });
}

/** deflate as HTTP means it: the zlib format of RFC 1950. */
export function deflate(options: ZlibCompressionOptions = {}): Compression {
  const level = zlibLevel("deflate", options);
  return zlibCompression("deflate", {
    compressSync: (bytes) => zlib().deflateSync(bytes, { level }),
    compress: (bytes, callback) => zlib().deflate(bytes, { level }, callback),
    decompressSync: (bytes, options) => zlib().inflateSync(bytes, options),
    decompress: (bytes, options, callback) => zlib().inflate(bytes, options, callback),
  });
}

/** Options of {@link brotli}. */
export interface BrotliCompressionOptions {
  /** 0 is fastest, 11 smallest. Above 9 it is too slow for RPCs. @default 4 */
  readonly quality?: number | undefined;
}

/** Brotli (RFC 7932), whose name on the wire is `br`. */
export function brotli(options: BrotliCompressionOptions = {}): Compression {
  checkOptions("brotli", options, { quality: whole("number", 0, 11) });
  const params = { [qualityParam]: options.quality ?? 4 };
  return zlibCompression("br", {
    compressSync: (bytes) => zlib().brotliCompressSync(bytes, { params }),
    compress: (bytes, callback) => zlib().brotliCompress(bytes, { params }, callback),
    decompressSync: (bytes, options) => zlib().brotliDecompressSync(bytes, options),
    decompress: (bytes, options, callback) => zlib().brotliDecompress(bytes, options, callback),
  });
}

/** Whether this version of Node has zstd: 22.15, 23.8 and later. */
export const hasZstd: boolean =
  process.versions.zstd !== undefined ||
  // Deno does not tell.
  (process.versions.deno !== undefined && typeof builtin("node:zlib").zstdCompressSync === "function");

/** Options of {@link zstd}. */
export interface ZstdCompressionOptions {
  /** 1 is fastest, 22 smallest. @default 3 */
  readonly level?: number | undefined;
}

/**
 * Zstandard (RFC 8878).
 *
 * @throws TypeError when this version of Node has no zstd; {@link hasZstd} tells
 */
export function zstd(options: ZstdCompressionOptions = {}): Compression {
  checkOptions("zstd", options, { level: whole("number", 1, 22) });
  if (!hasZstd) throw new TypeError(`zstd needs Node 22.15 or later, and this is ${process.version}`);
  const params = { [zstdLevelParam]: options.level ?? 3 };
  const compression = zlibCompression("zstd", {
    compressSync: (bytes) => zlib().zstdCompressSync(bytes, { params }),
    compress: (bytes, callback) => zlib().zstdCompress(bytes, { params }, callback),
    decompressSync: (bytes, options) => zlib().zstdDecompressSync(bytes, options),
    decompress: (bytes, options, callback) => zlib().zstdDecompress(bytes, options, callback),
  });
  return {
    ...compression,
    decompress(bytes: Uint8Array, maxBytes: number): Awaitable<Uint8Array> {
      if (zstdFrameLength(bytes) !== bytes.byteLength)
        throw new ConnectError("invalid_argument", "the data is not one whole frame of zstd");
      return compression.decompress(bytes, maxBytes);
    },
  };
}

function zlibCompression(name: string, functions: ZlibFunctions): Compression {
  return {
    name,
    compress(bytes: Uint8Array): Awaitable<Uint8Array> {
      if (bytes.byteLength <= syncBytes) return functions.compressSync(bytes);
      return new Promise((resolve, reject) => {
        functions.compress(bytes, (error, result) => (error ? reject(error) : resolve(result)));
      });
    },
    decompress(bytes: Uint8Array, maxBytes: number): Awaitable<Uint8Array> {
      // zlib takes no limit of 0.
      const maxOutputLength = Math.max(1, Math.min(maxBytes, zlibMaxBytes));
      const options: DecompressOptions = { maxOutputLength, chunkSize, info: true };
      if (bytes.byteLength <= syncBytes) {
        let result: unknown;
        try {
          result = functions.decompressSync(bytes, options);
        } catch (cause) {
          throw decompressError(name, maxBytes, cause);
        }
        return checked(name, result as Decompressed, bytes, maxBytes);
      }
      return new Promise((resolve, reject) => {
        functions.decompress(bytes, options, (error, result) => {
          if (error) {
            reject(decompressError(name, maxBytes, error));
            return;
          }
          try {
            resolve(checked(name, result as Decompressed, bytes, maxBytes));
          } catch (problem) {
            reject(problem);
          }
        });
      });
    },
  };
}

/** The largest `maxOutputLength`. */
const zlibMaxBytes = 0xffff_ffff;

function checked(name: string, result: Decompressed, input: Uint8Array, maxBytes: number): Uint8Array {
  if (result.engine.bytesWritten !== input.byteLength)
    throw new ConnectError("invalid_argument", `there are bytes after the end of the ${name} data`);
  if (result.buffer.byteLength > maxBytes) throw tooLarge(maxBytes);
  return result.buffer;
}

function decompressError(name: string, maxBytes: number, cause: unknown): ConnectError {
  if ((cause as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE") return tooLarge(maxBytes);
  return new ConnectError("invalid_argument", `the data is not ${name}: ${messageOf(cause)}`, { cause });
}

function tooLarge(maxBytes: number): ConnectError {
  return new ConnectError("resource_exhausted", `the message is larger than ${maxBytes} bytes after decompression`);
}
