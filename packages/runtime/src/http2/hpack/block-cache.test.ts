import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { represent as field, NaiveDecoder } from "../../testing/naive-hpack.js";
import type { DecodedBlock } from "./block-cache.js";
import { HpackDecoder } from "./decoder.js";

const limits = { maxTableBytes: 4096, maxListBytes: 4096, maxPairs: 64 };

describe("the decoder's cache of blocks", () => {
  it("gives the list of a block that came twice before, without making it again", () => {
    const decoder = new HpackDecoder(limits);
    const block = [...field.indexed(3), ...field.plain(4, "/a.B/C", true)];
    const first = decode(decoder, block);
    expect(decoder.cache.blocks).toEqual([]);
    const second = decode(decoder, block);
    const third = decode(decoder, block);
    expect(third).toBe(second);
    expect(third).toEqual(first);
    expect(third.fields).toEqual([":method", "POST", ":path", "/a.B/C"]);
  });

  it("keeps its own copy of the bytes, also of Node's buffers", () => {
    const decoder = new HpackDecoder(limits);
    const chunk = Buffer.from(field.plain(4, "/a"));
    for (let i = 0; i < 3; i++) decoder.decode(chunk, 0, chunk.length);
    chunk[chunk.length - 1] = 0x62;
    expect(decoder.decode(chunk, 0, chunk.length).fields).toEqual([":path", "/b"]);
    expect(decode(decoder, field.plain(4, "/a")).fields).toEqual([":path", "/a"]);
  });

  it("compares all bytes: blocks of one hash are not one block", () => {
    const decoder = new HpackDecoder(limits);
    // The hash is a polynomial of 31: 65 * 31 + 96 is 66 * 31 + 65.
    for (let i = 0; i < 3; i++) {
      for (const path of ["A`", "BA"]) {
        for (let twice = 0; twice < 3; twice++) expect(decode(decoder, field.plain(4, path)).fields[1]).toBe(path);
      }
    }
    expect(decoder.cache.blocks.filter((kept) => kept !== undefined)).toHaveLength(1);
  });

  it("ends with each change of the table", () => {
    for (const change of [field.added("x", "2"), field.tableSize(0), field.tableSize(4096)]) {
      const decoder = new HpackDecoder(limits);
      decode(decoder, field.added("x", "1"));
      for (let i = 0; i < 3; i++) expect(decode(decoder, [0xbe]).fields).toEqual(["x", "1"]);
      decode(decoder, change);
      if (decoder.table.length === 0) expect(() => decode(decoder, [0xbe])).toThrow("index 62");
      else expect(decode(decoder, [0xbe]).fields).toEqual(["x", decoder.table.length === 2 ? "2" : "1"]);
    }
  });

  it("makes entries each time a block makes one", () => {
    const decoder = new HpackDecoder(limits);
    for (let i = 1; i < 5; i++) {
      decode(decoder, field.added("x", "1"));
      expect(decoder.table.length).toBe(i);
    }
    expect(decoder.cache.blocks).toEqual([]);
  });

  it("keeps lists of up to 32 fields and blocks of up to 128 bytes, and no field that is never indexed", () => {
    const literal = (bytes: number) => field.plain("x", "~".repeat(bytes - 4));
    for (const [block, kept] of [
      [new Array<number>(32).fill(0x82), 1],
      [new Array<number>(33).fill(0x82), 0],
      [literal(128), 1],
      [literal(129), 0],
      [literal(127), 1],
      [field.never("x", "secret"), 0],
      [[...field.indexed(2), ...field.never(23, "secret")], 0],
    ] as const) {
      const decoder = new HpackDecoder(limits);
      for (let i = 0; i < 5; i++) decode(decoder, [...block]);
      expect(decoder.cache.blocks.filter((one) => one !== undefined)).toHaveLength(kept);
    }
  });

  it("keeps no list that is too large", () => {
    const decoder = new HpackDecoder({ ...limits, maxPairs: 1 });
    for (let i = 0; i < 5; i++) expect(decode(decoder, [0x82, 0x82]).tooLarge).toBe("pairs");
    expect(decoder.cache.blocks).toEqual([]);
  });

  it("has room for a bounded number of blocks", () => {
    const decoder = new HpackDecoder(limits);
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 2000; i++) for (let twice = 0; twice < 2; twice++) decode(decoder, field.plain(4, `/${i}`));
    }
    expect(decoder.cache.blocks.length).toBeLessThanOrEqual(32);
    expect(decoder.cache.seen.length).toBeLessThanOrEqual(32);
  });

  it("is exact: whatever comes, once or again, is what a decoder without any cache makes of it", () => {
    const name = fc.oneof(fc.integer({ min: 0, max: 70 }), fc.constantFrom("x-a", "x-b", ""));
    const value = fc.constantFrom("", "1", "2", "trailers", "v".repeat(60), "\xe9");
    const one = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 1, max: 66 }).map(field.indexed) },
      fc.tuple(name, value, fc.boolean()).map((parts) => field.added(...parts)),
      fc.tuple(name, value, fc.boolean()).map((parts) => field.plain(...parts)),
      fc.tuple(name, value, fc.boolean()).map((parts) => field.never(...parts)),
      fc.constantFrom(0, 40, 100, 4096).map(field.tableSize),
      fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 3 }),
    );
    // Few blocks, which come again and again.
    const blocks = fc.array(
      fc.array(one, { maxLength: 5 }).map((parts) => parts.flat()),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(blocks, fc.array(fc.nat(5), { maxLength: 60 }), (choice, order) => {
        const decoder = new HpackDecoder(limits);
        const naive = new NaiveDecoder(limits.maxTableBytes);
        for (const at of order) {
          const block = choice[at % choice.length] as number[];
          const expected = naive.decode(Uint8Array.from(block));
          if (expected === undefined) {
            expect(() => decode(decoder, block)).toThrow(expect.objectContaining({ name: "HpackError" }));
            return;
          }
          const { fields, size } = decode(decoder, block);
          expect(fields).toEqual(expected);
          expect(size).toBe(expected.join("").length + 16 * expected.length);
          expect([decoder.table.length, decoder.table.bytes]).toEqual([naive.table.length, naive.bytes()]);
        }
      }),
      { numRuns: 500 },
    );
  });
});

function decode(decoder: HpackDecoder, block: number[]): DecodedBlock {
  return decoder.decode(Uint8Array.from(block), 0, block.length);
}
