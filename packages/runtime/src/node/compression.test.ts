import { randomBytes } from "node:crypto";
import zlib from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Compression } from "../framing/compression.js";
import { brotli, deflate, gzip, hasZstd, zstd } from "./compression.js";
import { zstdFrameLength } from "./zstd-frame.js";

const compressions: Compression[] = [gzip(), deflate(), brotli(), ...(hasZstd ? [zstd()] : [])];

/** The two sides of the border between the thread of JavaScript and the thread pool. */
const small = Buffer.from("hello ".repeat(20));
const large = randomBytes(100_000);

async function failure(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe.each(compressions)("$name", (compression) => {
  it.each([
    ["nothing", Buffer.alloc(0)],
    ["a little", small],
    ["much", large],
  ])("gives back %s", async (_name, bytes) => {
    const compressed = await compression.compress(bytes);
    const result = await compression.decompress(compressed, 1_000_000);
    expect(Buffer.from(result).equals(bytes)).toBe(true);
  });

  it("gives back whatever there is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40_000 }), async (bytes) => {
        const result = await compression.decompress(await compression.compress(bytes), 40_000);
        expect(Buffer.from(result).equals(bytes)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    ["a little", small],
    ["much", large],
  ])("stops at the limit, of %s", async (_name, bytes) => {
    const compressed = await compression.compress(bytes);
    expect((await compression.decompress(compressed, bytes.byteLength)).byteLength).toBe(bytes.byteLength);
    expect((await compression.decompress(compressed, bytes.byteLength + 1)).byteLength).toBe(bytes.byteLength);
    expect(await failure(() => compression.decompress(compressed, bytes.byteLength - 1))).toMatchObject({
      code: "resource_exhausted",
    });
  });

  it("takes a limit of 0", async () => {
    expect((await compression.decompress(await compression.compress(Buffer.alloc(0)), 0)).byteLength).toBe(0);
    expect(
      await failure(async () => compression.decompress(await compression.compress(Buffer.from("x")), 0)),
    ).toMatchObject({
      code: "resource_exhausted",
    });
  });

  it("refuses what is cut off, at any byte", async () => {
    const compressed = await compression.compress(small);
    for (let length = 0; length < compressed.byteLength; length++) {
      const error = await failure(() => compression.decompress(compressed.subarray(0, length), 1_000));
      expect(error).toMatchObject({ code: "invalid_argument" });
    }
    const long = await compression.compress(large);
    expect(await failure(() => compression.decompress(long.subarray(0, -1), 1_000_000))).toMatchObject({
      code: "invalid_argument",
    });
  });

  it.each([
    ["text", Buffer.from("garbage")],
    ["zeros", Buffer.alloc(7)],
  ])("refuses %s after the end", async (_name, garbage) => {
    for (const bytes of [small, large]) {
      const compressed = Buffer.concat([await compression.compress(bytes), garbage]);
      expect(await failure(() => compression.decompress(compressed, 1_000_000))).toMatchObject({
        code: "invalid_argument",
      });
    }
  });

  it("refuses what is something else", async () => {
    for (const bytes of [Buffer.from("not compressed at all"), Buffer.alloc(20_000, 0xfe)]) {
      expect(await failure(() => compression.decompress(bytes, 1_000))).toMatchObject({ code: "invalid_argument" });
    }
  });

  it("does not inflate a bomb", async () => {
    const bomb = await compression.compress(Buffer.alloc(50_000_000));
    const before = process.memoryUsage().arrayBuffers;
    expect(await failure(() => compression.decompress(bomb, 100_000))).toMatchObject({ code: "resource_exhausted" });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5_000_000);
  });

  it("answers a small message at once", () => {
    const compressed = compression.compress(small);
    expect(compressed).toBeInstanceOf(Uint8Array);
    expect(compression.decompress(compressed as Uint8Array, 1_000)).toBeInstanceOf(Uint8Array);
  });
});

describe("compressions", () => {
  it("have their names on the wire", () => {
    expect(compressions.slice(0, 3).map(({ name }) => name)).toEqual(["gzip", "deflate", "br"]);
  });

  it("take a level", () => {
    const text = Buffer.from(Array.from({ length: 2_000 }, (_, i) => i % 97).join());
    const size = (compression: Compression): number => (compression.compress(text) as Uint8Array).byteLength;
    expect(size(gzip({ level: 9 }))).toBeLessThan(size(gzip({ level: 1 })));
    expect(size(deflate({ level: 9 }))).toBeLessThan(size(deflate({ level: 1 })));
    expect(size(brotli({ quality: 9 }))).toBeLessThan(size(brotli({ quality: 0 })));
  });

  it("deflate is the zlib format, as in HTTP", () => {
    expect(zlib.inflateSync(deflate().compress(small) as Uint8Array).equals(small)).toBe(true);
  });

  it("gzip takes several members, as RFC 1952 has it", () => {
    const twice = Buffer.concat([zlib.gzipSync("one"), zlib.gzipSync("two")]);
    expect(Buffer.from(gzip().decompress(twice, 100) as Uint8Array).toString()).toBe("onetwo");
  });

  it("zstd is there, or says what it needs", () => {
    if (hasZstd) expect(zstd({ level: 1 }).name).toBe("zstd");
    else expect(() => zstd()).toThrow(/Node 22\.15/);
  });
});

describe("the length of a zstd frame", () => {
  const frame = (...bytes: number[]): Uint8Array => Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, ...bytes]);

  it.each([
    ["one raw block, with its content size", frame(0x20, 0x02, 0x11, 0, 0, 0x68, 0x69), 11],
    ["a window, and a run of one byte", frame(0x00, 0x58, 0x23, 0x03, 0, 0x61), 10],
    ["two blocks", frame(0x20, 0x02, 0x08, 0, 0, 0x61, 0x09, 0, 0, 0x62), 14],
    ["a checksum", frame(0x24, 0x01, 0x09, 0, 0, 0x61, 1, 2, 3, 4), 14],
    ["a dictionary's number, and a content size of two bytes", frame(0x61, 0x07, 1, 0, 0x09, 0, 0, 0x61), 12],
    ["no frame", Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]), undefined],
  ])("of %s", (_name, bytes, length) => {
    expect(zstdFrameLength(bytes)).toBe(length);
    if (length === undefined) return;
    expect(zstdFrameLength(Buffer.concat([bytes, bytes]))).toBe(length);
    for (let end = 0; end < length; end++) expect(zstdFrameLength(bytes.subarray(0, end))).toBeUndefined();
  });
});
