import { brotliCompressSync, deflateSync, gunzipSync, gzipSync, inflateSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Compression } from "../framing/compression.js";
import { brotli, deflate, gzip, zstd } from "./compression.js";

const limit = 4 * 1024 * 1024;

describe.each([
  { compression: gzip(), compress: gzipSync, decompress: gunzipSync },
  { compression: deflate(), compress: deflateSync, decompress: inflateSync },
])("$compression.name on fetch platforms", ({ compression, compress, decompress }) => {
  it("gives back what it was given, and is what zlib reads and writes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (data) => {
        const compressed = await compression.compress(data);
        expect(new Uint8Array(decompress(compressed))).toEqual(data);
        expect(await compression.decompress(compressed, limit)).toEqual(data);
        expect(await compression.decompress(compress(data), limit)).toEqual(data);
      }),
      { numRuns: 30 },
    );
  });

  it("takes messages of megabytes", async () => {
    const data = new Uint8Array(3_000_000).map((_, i) => (i * 7919) >> 5);
    const compressed = await compression.compress(data);
    expect(compressed.length).toBeLessThan(data.length);
    // toEqual takes seconds on so many elements.
    expect(Buffer.compare(await compression.decompress(compressed, data.length), data)).toBe(0);
  });

  it("gives a result of the largest size, and none above it", async () => {
    const compressed = compress(new Uint8Array(1000));
    expect((await compression.decompress(compressed, 1000)).length).toBe(1000);
    await expect(compression.decompress(compressed, 999)).rejects.toMatchObject({
      code: "resource_exhausted",
      rawMessage: "the message is larger than 999 bytes after decompression",
    });
    await expect(compression.decompress(compressed, 0)).rejects.toMatchObject({ code: "resource_exhausted" });
    expect((await compression.decompress(compress(new Uint8Array(0)), 0)).length).toBe(0);
  });

  it("inflates little more of a bomb than the limit", async () => {
    const bomb = compress(new Uint8Array(300 * 1024 * 1024));
    const before = process.memoryUsage();
    let most = 0;
    const watch = setInterval(() => {
      const { arrayBuffers } = process.memoryUsage();
      most = Math.max(most, arrayBuffers - before.arrayBuffers);
    }, 1);
    await expect(compression.decompress(bomb, limit)).rejects.toMatchObject({ code: "resource_exhausted" });
    clearInterval(watch);
    expect(most).toBeLessThan(3 * limit + 32 * 1024 * 1024);
  });

  it("refuses data that is cut off, at every byte", async () => {
    const compressed = compress("a message, a message, and yet another one");
    for (let length = 0; length < compressed.length; length++) {
      await expect(compression.decompress(compressed.subarray(0, length), limit)).rejects.toMatchObject({
        code: "invalid_argument",
      });
    }
  });

  it("refuses data that it did not make", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 100 }), async (data) => {
        const outcome = await Promise.resolve(compression.decompress(data, limit)).catch((error: unknown) => error);
        expect(outcome).toMatchObject({ code: "invalid_argument" });
      }),
      { numRuns: 50 },
    );
  });
});

describe("compressions that not every platform has", () => {
  it.each<[string, string, () => Compression]>([
    ["br", "brotli", brotli],
    ["zstd", "zstd", zstd],
  ])("%s works, or says that the platform lacks it", async (name, format, make) => {
    let supported = true;
    try {
      new DecompressionStream(format as "gzip");
    } catch {
      supported = false;
    }
    if (!supported) {
      expect(make).toThrow(`this platform's CompressionStream has no "${format}"`);
      return;
    }
    const compression = make();
    expect(compression.name).toBe(name);
    const data = new Uint8Array(1000).fill(7);
    expect(await compression.decompress(await compression.compress(data), limit)).toEqual(data);
    if (name === "br") expect(await compression.decompress(brotliCompressSync(data), limit)).toEqual(data);
  });

  it("gzip is lacking where functions that throw stand for the streams, as on the edge runtime of Next.js", async () => {
    const names = ["CompressionStream", "DecompressionStream"] as const;
    const real = names.map((name) => globalThis[name]);
    for (const name of names) {
      globalThis[name] = function stub() {
        throw new Error(`A Node.js API is used (${name}) which is not supported in the Edge Runtime.`);
      } as never;
    }
    try {
      expect(gzip).toThrow(`this platform's CompressionStream has no "gzip"`);
    } finally {
      Object.assign(globalThis, Object.fromEntries(names.map((name, index) => [name, real[index]])));
    }
  });
});
