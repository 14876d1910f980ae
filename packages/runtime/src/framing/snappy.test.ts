import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { ConnectError } from "../error/connect-error.js";
import { crc32c } from "./crc32c.js";
import { snappy } from "./snappy.js";
import { largestBlock } from "./snappy-block.js";

const { compress, decompress } = snappy() as unknown as {
  compress(bytes: Uint8Array): Uint8Array;
  decompress(bytes: Uint8Array, maxBytes: number): Uint8Array;
};

const unlimited = 1 << 28;
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const base64 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "base64"));
const identifier = base64("/wYAAHNOYVBwWQ==");
const happy = ascii("I feel happy. ".repeat(40));

function failure(bytes: Uint8Array, maxBytes = unlimited): ConnectError {
  try {
    decompress(bytes, maxBytes);
  } catch (error) {
    return error as ConnectError;
  }
  throw new Error("nothing was thrown");
}

function checksum(data: Uint8Array): Uint8Array {
  const crc = crc32c(data, 0, data.length);
  const masked = Buffer.alloc(4);
  masked.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  return masked;
}

function chunk(type: number, ...parts: Uint8Array[]): Uint8Array {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(4);
  head.writeUInt8(type);
  head.writeUIntLE(body.length, 1, 3);
  return Buffer.concat([head, body]);
}

/** A stream with one compressed chunk: `elements` after the length, and the checksum of `data`. */
function block(data: Uint8Array, elements: readonly number[], length = [data.length]): Uint8Array {
  return Buffer.concat([identifier, chunk(0, checksum(data), Uint8Array.from([...length, ...elements]))]);
}

describe("snappy", () => {
  it("has its name on the wire", () => {
    expect(snappy().name).toBe("snappy");
  });

  // Made by github.com/golang/snappy v1.0.0 (python-snappy gives the same) and github.com/klauspost/compress v1.20.3.
  it.each<[string, string, Uint8Array]>([
    ["golang, too short to compress", "/wYAAHNOYVBwWQEJAAC7HxwZaGVsbG8=", ascii("hello")],
    [
      "golang, with copies",
      "/wYAAHNOYVBwWQAwAAA1vhcKsAQ0SSBmZWVsIGhhcHB5LiD+DgD+DgD+DgD+DgD+DgD+DgD+DgD+DgCGDgA=",
      happy,
    ],
    [
      "klauspost, with copies",
      "/wYAAHNOYVBwWQAyAAA1vhcKsAQ0SSBmZWVsIGhhcHB5LiDuDgDuDgDuDgDuDgDuDgDuDgDuDgDuDgDuDgAJDg==",
      happy,
    ],
    ["golang, nothing at all", "", ascii("")],
  ])("decompresses what others made: %s", (_, encoded, expected) => {
    expect(decompress(base64(encoded), unlimited)).toEqual(expected);
  });

  it("compresses as other implementations do where they agree", () => {
    expect(compress(ascii("hello"))).toEqual(base64("/wYAAHNOYVBwWQEJAAC7HxwZaGVsbG8="));
    expect(compress(ascii(""))).toEqual(identifier);
  });

  it("makes repetitive data small and leaves random data as it is", () => {
    expect(compress(happy).length).toBeLessThan(80);
    expect(compress(new Uint8Array(1 << 20)).length).toBeLessThan(52_000);
    let seed = 1;
    const noise = new Uint8Array(100_000).map(() => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed >>> 24;
    });
    expect(compress(noise).length).toBe(100_000 + 10 + 2 * 8);
  });

  it("does not change or keep what it is given", () => {
    const data = happy.slice();
    const compressed = compress(data);
    expect(data).toEqual(happy);
    const copy = compressed.slice();
    const plain = decompress(compressed, unlimited);
    compressed.fill(0);
    expect(plain).toEqual(happy);
    expect(decompress(copy, unlimited)).toEqual(happy);
  });

  it("knows all elements of the block format", () => {
    const abcd = ascii("abcd");
    const eightTimes = ascii("abcd".repeat(8));
    const literal = [3 << 2, ...abcd];
    // Copies with offsets of 11, 16 and 32 bits, and one that overlaps with itself.
    expect(decompress(block(ascii("abcdabcd"), [...literal, 0b000_000_01, 4]), unlimited)).toEqual(ascii("abcdabcd"));
    expect(decompress(block(eightTimes, [...literal, (27 << 2) | 2, 4, 0]), unlimited)).toEqual(eightTimes);
    expect(decompress(block(eightTimes, [...literal, (27 << 2) | 3, 4, 0, 0, 0]), unlimited)).toEqual(eightTimes);
    // Literals with lengths of 1, 2, 3 and 4 bytes.
    for (const [tag, length] of [
      [60, [31]],
      [61, [31, 0]],
      [62, [31, 0, 0]],
      [63, [31, 0, 0, 0]],
    ] as const) {
      expect(decompress(block(eightTimes, [tag << 2, ...length, ...eightTimes]), unlimited)).toEqual(eightTimes);
    }
    // An offset that needs the three bits in the tag.
    const far = Uint8Array.from({ length: 300 }, (_, i) => i * 7);
    const data = Uint8Array.from([...far, ...far.subarray(0, 4)]);
    const elements = [61 << 2, 299 & 0xff, 299 >> 8, ...far, ((300 >> 8) << 5) | 1, 300 & 0xff];
    expect(decompress(block(data, elements, [0xb0, 0x02]), unlimited)).toEqual(data);
  });

  it("skips padding and skippable chunks, and takes the identifier again", () => {
    const data = chunk(1, checksum(happy), happy);
    const stream = Buffer.concat([
      identifier,
      chunk(0xfe, new Uint8Array(5)),
      data,
      chunk(0x80, new Uint8Array(3)),
      chunk(0xfd),
      identifier,
      data,
    ]);
    expect(decompress(stream, unlimited)).toEqual(Uint8Array.from([...happy, ...happy]));
  });
});

describe("snappy on data that is not snappy", () => {
  it.each<[string, Uint8Array]>([
    ["no identifier", chunk(1, checksum(happy), happy)],
    ["padding before the identifier", Buffer.concat([chunk(0xfe), identifier])],
    ["another identifier", chunk(0xff, ascii("sNaPpy"))],
    ["an identifier with another length", chunk(0xff, ascii("sNaPpYY"))],
    ["text", ascii('{"sentence":"hi"}')],
    ["part of the identifier", identifier.subarray(0, 7)],
    ["part of a chunk's head", Buffer.concat([identifier, ascii("\x01\x00")])],
    ["part of a chunk", compress(happy).subarray(0, -1)],
    ["a reserved chunk", Buffer.concat([identifier, chunk(0x02, new Uint8Array(8))])],
    ["another reserved chunk", Buffer.concat([identifier, chunk(0x7f)])],
    ["a chunk without a checksum", Buffer.concat([identifier, chunk(1, new Uint8Array(3))])],
    ["a compressed chunk without a block", Buffer.concat([identifier, chunk(0, new Uint8Array(4))])],
    ["too much data in a chunk", Buffer.concat([identifier, chunk(1, new Uint8Array(4 + 65537))])],
    ["a wrong checksum", Buffer.concat([identifier, chunk(1, checksum(ascii("a")), ascii("b"))])],
    ["a wrong checksum of a block", block(ascii("b"), [0, 0x61])],
    [
      "a block that promises more than a chunk may hold",
      block(new Uint8Array(4), [12, 0, 0, 0, 0], [0x81, 0x80, 0x04]),
    ],
    ["a block that promises more than it can hold", block(new Uint8Array(4), [12, 0, 0, 0, 0], [0xff, 0x7f])],
    ["a block whose length does not end", block(new Uint8Array(4), [], [0x80, 0x80, 0x80, 0x80])],
    ["a block with less than it promises", block(ascii("ab"), [0, 0x61])],
    ["a block with more than it promises", block(ascii("a"), [4, 0x61, 0x62])],
    ["a literal that goes beyond the block", block(ascii("abcd"), [12, 0x61])],
    ["a literal whose length goes beyond the block", block(ascii("abcd"), [63 << 2, 0])],
    ["a literal of 4 GiB", block(ascii("abcd"), [63 << 2, 0xff, 0xff, 0xff, 0xff, 0x61])],
    ["a copy from before the data", block(ascii("aaaaa"), [0, 0x61, 1, 2])],
    ["a copy from itself", block(ascii("aaaaa"), [0, 0x61, 1, 0])],
    ["a copy that goes beyond the data", block(ascii("aaa"), [0, 0x61, 1, 1])],
    ["a copy that is cut off", block(ascii("aaaaa"), [0, 0x61, 3, 1, 0])],
    ["a copy from 4 GiB before", block(ascii("aaaaa"), [0, 0x61, 3, 0xff, 0xff, 0xff, 0xff])],
  ])("refuses %s", (_, bytes) => {
    const error = failure(bytes);
    expect(error.code).toBe("invalid_argument");
    expect(error.rawMessage).toMatch(/^the message is not in snappy's framing format: /);
  });

  it("stops at the limit, and not one byte before", () => {
    for (const data of [happy, new Uint8Array(200_000)]) {
      const compressed = compress(data);
      expect(decompress(compressed, data.length)).toHaveLength(data.length);
      const error = failure(compressed, data.length - 1);
      expect(error.code).toBe("resource_exhausted");
      expect(error.rawMessage).toContain(`larger than ${data.length - 1} bytes`);
    }
  });

  it("takes no memory for a bomb beyond the limit", () => {
    const bomb = compress(new Uint8Array(16 << 20));
    const before = process.memoryUsage().arrayBuffers;
    expect(failure(bomb, 1 << 20).code).toBe("resource_exhausted");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
  });

  it("gives bytes or a ConnectError, whatever is broken in it", () => {
    const source = compress(Uint8Array.from([...happy, ...Array.from({ length: 300 }, (_, i) => (i * i) & 0xff)]));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(source.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: source.length }),
        (changes, length) => {
          const bytes = source.slice();
          for (const [at, value] of changes) bytes[at] = value;
          try {
            expect(decompress(bytes.subarray(0, length), 4096).length).toBeLessThanOrEqual(4096);
          } catch (error) {
            expect(["invalid_argument", "resource_exhausted"]).toContain((error as ConnectError).code);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("snappy both ways", () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc
      .tuple(fc.uint8Array({ minLength: 1, maxLength: 80 }), fc.integer({ min: 1, max: 1500 }))
      .map(([bytes, times]) => Uint8Array.from(Buffer.alloc(bytes.length * times, bytes))),
  );

  it("gives back what it was given, and no more than the format's largest size in between", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), (pieces) => {
        const data = Buffer.concat(pieces);
        const compressed = compress(data);
        expect(Buffer.compare(decompress(compressed, data.length), data)).toBe(0);
        expect(compressed.length).toBeLessThanOrEqual(18 + largestBlock(data.length));
      }),
      { numRuns: 300 },
    );
  });

  it.each([65535, 65536, 65537, 131072, 131073])("splits %d bytes into chunks", (length) => {
    const data = new Uint8Array(length).map((_, i) => (i % 251) ^ (i >> 9));
    expect(Buffer.compare(decompress(compress(data), length), data)).toBe(0);
  });
});
