import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { represent as field } from "../../testing/naive-hpack.js";
import type { DecodedBlock } from "./block-cache.js";
import { HpackDecoder } from "./decoder.js";
import { charsOf, roomFor } from "./string-bytes.js";

afterEach(() => {
  jest.restoreAllMocks();
});

/** What blocks cost: the strings that are made, the entries that are evicted. Time differs, this does not. */
function countWork(decoder: HpackDecoder): () => { strings: number; evicted: number } {
  const short = jest.spyOn(String, "fromCharCode");
  const long = jest.spyOn(TextDecoder.prototype, "decode");
  const evicted = jest.spyOn(decoder.table, "evict");
  return () => ({ strings: short.mock.calls.length + long.mock.calls.length, evicted: evicted.mock.calls.length });
}

describe("a hostile peer", () => {
  const limits = { maxTableBytes: 4096, maxListBytes: 16384, maxPairs: 100 };

  it("gets no list of many references to one large entry", () => {
    const decoder = new HpackDecoder(limits);
    decode(decoder, field.added("x", "v".repeat(4000)));
    const work = countWork(decoder);
    const bomb = Array.from({ length: 100_000 }, () => 0xbe);
    const { fields, size, tooLarge } = decode(decoder, bomb);
    expect(tooLarge).toBe("bytes");
    expect(fields).toHaveLength(2 * 4);
    expect(size).toBe(100_000 * 4033);
    expect(work()).toEqual({ strings: 0, evicted: 0 });
  });

  it("gets no list of many small fields", () => {
    const decoder = new HpackDecoder({ ...limits, maxListBytes: 1 << 20 });
    const work = countWork(decoder);
    const fields = Array.from({ length: 50_000 }, () => field.plain("a", "b")).flat();
    const block = decode(decoder, fields);
    expect([block.tooLarge, block.fields.length]).toEqual(["pairs", 200]);
    expect(work().strings).toBe(200);
  });

  it("has no string made of a value above the limit, and its encoding is checked", () => {
    for (const huffman of [false, true]) {
      const decoder = new HpackDecoder(limits);
      const work = countWork(decoder);
      const block = [...field.plain(4, "/".repeat(1_000_000), huffman), ...field.plain(4, "a".repeat(1000), huffman)];
      expect(decode(decoder, block)).toEqual({ fields: [], size: 1_000_000 + 1000 + 2 * 37, tooLarge: "bytes" });
      expect(work().strings).toBe(0);
    }
    const decoder = new HpackDecoder({ ...limits, maxListBytes: 0 });
    expect(() => decode(decoder, field.plain(1, "a").concat([0x01, 0x81, 0x06]))).toThrow("not Huffman-encoded");
  });

  it("makes one eviction an entry at most, by sizes and by entries", () => {
    const decoder = new HpackDecoder(limits);
    const work = countWork(decoder);
    let entries = 0;
    for (let i = 0; i < 200; i++) {
      decode(decoder, [
        ...field.tableSize(0),
        ...field.tableSize(4096),
        ...field.added("", ""),
        ...field.added("", ""),
      ]);
      entries += 2;
    }
    for (let i = 0; i < 200; i++) {
      decode(decoder, [...field.added("", "v".repeat(5000)), ...field.added("", ""), ...field.added("", "")]);
      entries += 2;
    }
    expect(work().evicted).toBeLessThanOrEqual(entries);
    expect(decoder.table.mask).toBe(15);
  });

  it("cannot have memory taken for what it does not send", () => {
    const decoder = new HpackDecoder(limits);
    const before = process.memoryUsage().arrayBuffers;
    for (const head of [0x00, 0x80]) {
      for (let i = 0; i < 100; i++) {
        expect(() => decode(decoder, [0x01, head | 0x7f, 0x81, 0xff, 0xff, 0x7f])).toThrow("where 0 are left");
      }
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
  });
});

describe("an entry that was evicted", () => {
  it("is not held by the table", () => {
    const decoder = new HpackDecoder({ maxTableBytes: 4096, maxListBytes: 65536, maxPairs: 100 });
    for (const block of [field.tableSize(0), field.added("x", "v".repeat(5000))]) {
      decode(decoder, [...field.tableSize(4096), ...field.added("x-name", "x-value")]);
      for (let i = 0; i < 3; i++) decode(decoder, field.indexed(62));
      decode(decoder, block);
      const kept = stringsOf(decoder.table);
      expect(kept.filter((text) => text !== "")).toEqual([]);
    }
  });
});

describe("a field that is never indexed", () => {
  it("stays nowhere in the decoder", () => {
    const secrets = ["pass", "Bearer 0123456789012345678901234567", "s".repeat(300), "n\xe9ver".repeat(30)];
    for (const secret of secrets) {
      for (const huffman of [false, true]) {
        const decoder = new HpackDecoder({ maxTableBytes: 4096, maxListBytes: 65536, maxPairs: 100 });
        for (let i = 0; i < 4; i++) decode(decoder, [...field.indexed(2), ...field.never(23, secret, huffman)]);
        expect(stringsOf(decoder).filter((kept) => kept.includes(secret))).toEqual([]);
        const laidOut = [roomFor(1), ...charsOf.flatMap((chars) => (chars === undefined ? [] : [chars]))];
        for (const bytes of laidOut) expect(Buffer.from(bytes).toString("latin1")).not.toContain(secret.slice(-40));
      }
    }
  });
});

function decode(decoder: HpackDecoder, block: number[]): DecodedBlock {
  return decoder.decode(Uint8Array.from(block), 0, block.length);
}

/** All strings that an object leads to. */
function stringsOf(root: unknown): string[] {
  const strings: string[] = [];
  const met = new Set<unknown>();
  const open: unknown[] = [root];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next === "string") strings.push(next);
    else if (next instanceof Uint8Array) strings.push(Buffer.from(next).toString("latin1"));
    else if (typeof next === "object" && next !== null && !met.has(next)) {
      met.add(next);
      const inner = next instanceof Map || next instanceof Set ? [...next.entries()].flat() : Object.values(next);
      open.push(...inner.filter((value) => value !== undefined));
    }
  }
  return strings;
}
