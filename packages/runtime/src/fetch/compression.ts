import { checkOptions, type Elsewhere } from "../check-options.js";
import { ConnectError } from "../error/connect-error.js";
import type { Compression } from "../framing/compression.js";
import { quiet } from "../http/awaitable.js";
import { joinBytes } from "../http/bytes.js";

// No options: the platform lets nobody choose.
const fromNode: Elsewhere = [
  "level quality",
  'the platform chooses it here; the compressions of "@connect-ts/runtime/node" have it',
];

/** gzip (RFC 1952), by the platform's CompressionStream. */
export function gzip(options: Readonly<Record<string, never>> = {}): Compression {
  checkOptions("gzip", options, {}, fromNode);
  return platformCompression("gzip", "gzip");
}

/** deflate as HTTP means it: the zlib format of RFC 1950. */
export function deflate(options: Readonly<Record<string, never>> = {}): Compression {
  checkOptions("deflate", options, {}, fromNode);
  return platformCompression("deflate", "deflate");
}

/**
 * Brotli (RFC 7932), whose name on the wire is `br`.
 *
 * @throws TypeError when the platform has no Brotli streams
 */
export function brotli(options: Readonly<Record<string, never>> = {}): Compression {
  checkOptions("brotli", options, {}, fromNode);
  return platformCompression("br", "brotli");
}

/**
 * Zstandard (RFC 8878).
 *
 * @throws TypeError when the platform has no Zstandard streams
 */
export function zstd(options: Readonly<Record<string, never>> = {}): Compression {
  checkOptions("zstd", options, {}, fromNode);
  return platformCompression("zstd", "zstd");
}

/** How much is handed to the platform at once. Some inflate all of it before they give any: at 1:1000, what deflate can do, that is 16 MiB. */
const sliceBytes = 16 * 1024;

type ByteStream = { readonly readable: ReadableStream<Uint8Array>; readonly writable: WritableStream<Uint8Array> };

function platformCompression(name: string, format: string): Compression {
  // By way of `globalThis`: bundlers for the edge runtime of Next.js warn of the bare names.
  const deflating = (): ByteStream => new globalThis.CompressionStream(format as "gzip") as ByteStream;
  const inflating = (): ByteStream => new globalThis.DecompressionStream(format as "gzip") as ByteStream;
  try {
    deflating();
    inflating();
  } catch (cause) {
    // workerd makes no streams outside of a request, and then does not say what it would support. The edge runtime of Next.js
    // has functions in their place that throw.
    const { name: kind } = cause as { readonly name: string };
    const real = "readable" in (globalThis.DecompressionStream?.prototype ?? {});
    if (kind === "TypeError" || !real) {
      throw new TypeError(`this platform's CompressionStream has no "${format}"`, { cause });
    }
  }
  return {
    name,
    compress: (bytes) => through(deflating(), bytes, Number.POSITIVE_INFINITY),
    async decompress(bytes, maxBytes) {
      try {
        return await through(inflating(), bytes, maxBytes);
      } catch (cause) {
        if (cause instanceof ConnectError) throw cause;
        throw new ConnectError("invalid_argument", `the data is not ${name}, or not all of it`, { cause });
      }
    },
  };
}

async function through(stream: ByteStream, bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  void feed(stream.writable.getWriter(), bytes);
  const reader = stream.readable.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return joinBytes(chunks);
    size += value.length;
    if (size > maxBytes) {
      void quiet(reader.cancel());
      throw new ConnectError("resource_exhausted", `the message is larger than ${maxBytes} bytes after decompression`);
    }
    chunks.push(value);
  }
}

async function feed(writer: WritableStreamDefaultWriter<Uint8Array>, bytes: Uint8Array): Promise<void> {
  try {
    for (let at = 0; at < bytes.length; at += sliceBytes) await writer.write(bytes.subarray(at, at + sliceBytes));
    await writer.close();
  } catch {
    // The reading side fails with the same error.
  }
}
