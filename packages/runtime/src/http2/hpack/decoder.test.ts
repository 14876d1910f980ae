import { describe, expect, it } from "@jest/globals";
import { represent as field, integer } from "../../testing/naive-hpack.js";
import type { DecodedBlock } from "./block-cache.js";
import { HpackDecoder, type HpackDecoderLimits } from "./decoder.js";

describe("the HPACK decoder", () => {
  it("knows every kind of field", () => {
    const decoder = decoderWith();
    const block = [
      ...field.indexed(2),
      ...field.added("x-new", "1"),
      ...field.indexed(62),
      ...field.added(62, "2", true),
      ...field.plain("x-plain", "3", true),
      ...field.never(23, "Basic abc"),
      ...field.plain(63, ""),
    ];
    expect(decode(decoder, block).fields).toEqual([
      ...[":method", "GET", "x-new", "1", "x-new", "1", "x-new", "2", "x-plain", "3"],
      ...["authorization", "Basic abc", "x-new", ""],
    ]);
    expect(decoder.table.length).toBe(2);
  });

  it("gives each byte as one character, short or long, as it is or Huffman-encoded", () => {
    const all = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
    for (const value of ["", "\xe9", all, `${"a".repeat(48)}\x80`, "a".repeat(5000), all.repeat(20)]) {
      for (const huffman of [false, true]) {
        expect(decode(decoderWith(), field.plain("x", value, huffman)).fields).toEqual(["x", value]);
      }
    }
  });

  it("decodes a part of a buffer, and an empty block", () => {
    const decoder = decoderWith();
    expect(decoder.decode(Uint8Array.from([0, 0x82, 0x84, 0xff]), 1, 3).fields).toEqual([
      ":method",
      "GET",
      ":path",
      "/",
    ]);
    expect(decoder.decode(new Uint8Array(4), 2, 2)).toEqual({ fields: [], size: 0, tooLarge: undefined });
  });

  const name1000 = "n".repeat(1000);
  it.each<[string, number[], string]>([
    ["the index 0", [0x80], "no entry has the index 0"],
    ["an index beyond the tables", field.indexed(62), "no entry has the index 62"],
    ["an index beyond the entries", [...field.added("a", "b"), ...field.indexed(63)], "no entry has the index 63"],
    ["a name's index beyond the tables", field.plain(62, "a"), "no entry has the index 62"],
    ["a name's index beyond the tables, indexed", field.added(62, "a"), "no entry has the index 62"],
    ["a name's index beyond the tables, never indexed", field.never(62, "a"), "no entry has the index 62"],
    ["an integer without its end", [0xff], "the block ends within an integer"],
    ["an integer that goes on and ends", [0xff, 0x80, 0x80], "the block ends within an integer"],
    ["a literal without a name", [0x40], "the block ends before a string"],
    ["a literal without a value", [0x40, 1, 0x61], "the block ends before a string"],
    ["an indexed name without a value", [0x41], "the block ends before a string"],
    ["a name beyond the block", [0x00, 3, 0x61, 0x61], "a string of 3 bytes where 2 are left"],
    ["a value beyond the block", [0x01, 2, 0x61], "a string of 2 bytes where 1 are left"],
    ["a string of 256 MiB", [0x01, ...integer(0, 7, 2 ** 28)], `a string of ${2 ** 28} bytes where 0 are left`],
    ["a Huffman-encoded string of 256 MiB", [0x01, ...integer(0x80, 7, 2 ** 28), 0xff], "where 1 are left"],
    ["EOS in a string", [0x01, 0x84, 0xff, 0xff, 0xff, 0xff], "not Huffman-encoded as it should be"],
    ["padding of 8 bits", [0x01, 0x82, 0x07, 0xff], "not Huffman-encoded as it should be"],
    ["padding with a zero", [0x01, 0x81, 0x06], "not Huffman-encoded as it should be"],
    ["a bad name", [0x00, 0x81, 0x06, 0x00], "not Huffman-encoded as it should be"],
    ["a table size after a field", [0x82, ...field.tableSize(0)], "an update of the table size after a field"],
    ["a table size at the end", [...field.added("a", "b"), 0x20], "an update of the table size after a field"],
    ["three table sizes", [0x20, 0x20, 0x20], "more than two updates of the table size"],
    ["an entry that was evicted", [...field.added("a", "b"), ...field.added("a", "v".repeat(4063)), 0xbf], "index 63"],
    ["an entry below a smaller table", [...field.tableSize(1000), ...field.added(name1000, ""), 0xbe], "index 62"],
  ])("refuses %s", (_, block, message) => {
    expect(() => decode(decoderWith(), block)).toThrow(message);
    expect(() => decode(decoderWith({ maxListBytes: 0 }), block)).toThrow(message);
    expect(() => decode(decoderWith({ maxPairs: 0 }), block)).toThrow(message);
  });

  it("refuses with an error of its own", () => {
    expect(() => decode(decoderWith(), [0x80])).toThrow(expect.objectContaining({ name: "HpackError" }));
  });

  it("takes integers up to 2^28, and no byte more than that needs", () => {
    const decoder = decoderWith({ maxTableBytes: 2 ** 30 });
    for (const size of [0, 30, 31, 32, 158, 159, 2 ** 28 - 1, 2 ** 28]) {
      decode(decoder, field.tableSize(size));
      expect(decoder.table.maxBytes).toBe(size);
    }
    // 31 in as many bytes as 2^28 needs.
    decode(decoder, [0x3f, 0x80, 0x80, 0x80, 0x80, 0x00]);
    expect(decoder.table.maxBytes).toBe(31);
    const message = "an integer above 268435456, or with more bytes than that needs";
    expect(() => decode(decoder, field.tableSize(2 ** 28 + 1))).toThrow(message);
    expect(() => decode(decoder, [0x3f, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00])).toThrow(message);
    expect(() => decode(decoder, [0x3f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])).toThrow(message);
  });
});

describe("the decoder's table", () => {
  it("has 4096 bytes until the peer says otherwise, whatever was announced", () => {
    for (const maxTableBytes of [0, 4096, 65536]) {
      const decoder = decoderWith({ maxTableBytes });
      decode(decoder, field.added("a", "v".repeat(4063)));
      expect(decoder.table.length).toBe(1);
      decode(decoder, field.added("a", "v".repeat(4064)));
      expect(decoder.table.length).toBe(0);
    }
  });

  it("takes the size that was announced, and not one byte more", () => {
    for (const maxTableBytes of [0, 1, 100, 4096, 65536]) {
      const decoder = decoderWith({ maxTableBytes });
      for (const size of [maxTableBytes - 1, maxTableBytes]) {
        if (size >= 0) decode(decoder, field.tableSize(size));
      }
      expect(() => decode(decoder, field.tableSize(maxTableBytes + 1))).toThrow(
        `a table of ${maxTableBytes + 1} bytes, above the announced ${maxTableBytes}`,
      );
    }
  });

  it("is taken up in the next block when the peer has acknowledged a smaller one", () => {
    const reduced = (): HpackDecoder => {
      const decoder = decoderWith({ maxTableBytes: 100 });
      decoder.allowDefaultTable();
      for (let times = 0; times < 3; times++) decode(decoder, [0x82]);
      decoder.endDefaultTable();
      return decoder;
    };
    for (const block of [[], [0x82], field.added("a", "b")]) {
      expect(() => decode(reduced(), block)).toThrow(
        "no size of the table, where the smaller one of 100 bytes was acknowledged",
      );
    }
    expect(() => decode(reduced(), field.tableSize(101))).toThrow("above the announced 100");
    for (const sizes of [[100], [0], [0, 100]]) {
      const decoder = reduced();
      decode(decoder, [...sizes.flatMap(field.tableSize), 0x82]);
      expect(decode(decoder, [0x82]).fields).toEqual([":method", "GET"]);
    }
  });

  it("need not be taken up when it is no smaller, or when the peer took it up before", () => {
    for (const maxTableBytes of [4096, 65536]) {
      const decoder = decoderWith({ maxTableBytes });
      decoder.allowDefaultTable();
      decoder.endDefaultTable();
      expect(decode(decoder, [0x82]).fields).toEqual([":method", "GET"]);
    }
    const early = decoderWith({ maxTableBytes: 100 });
    early.allowDefaultTable();
    decode(early, field.tableSize(100));
    early.endDefaultTable();
    expect(decode(early, [0x82]).fields).toEqual([":method", "GET"]);
  });

  it("keeps an entry that fills it, and evicts the oldest as one more byte comes", () => {
    const decoder = decoderWith();
    // Two entries of 50 bytes.
    decode(decoder, [
      ...field.tableSize(100),
      ...field.added("a", "1".repeat(17)),
      ...field.added("b", "2".repeat(17)),
    ]);
    expect(decoder.table.length).toBe(2);
    decode(decoder, field.tableSize(99));
    expect(decode(decoder, field.indexed(62)).fields).toEqual(["b", "2".repeat(17)]);
    expect(decoder.table.length).toBe(1);
    decode(decoder, field.tableSize(50));
    expect(decoder.table.length).toBe(1);
    decode(decoder, field.tableSize(49));
    expect(decoder.table.length).toBe(0);
  });

  it("shrinks and grows in one block", () => {
    const decoder = decoderWith();
    decode(decoder, field.added("a", "b"));
    decode(decoder, [...field.tableSize(0), ...field.tableSize(200), ...field.added("c", "d"), ...field.indexed(62)]);
    expect(decoder.table.length).toBe(1);
    expect(decoder.table.maxBytes).toBe(200);
  });

  it("names an entry by one that it drives out", () => {
    const decoder = decoderWith();
    decode(decoder, [...field.tableSize(64), ...field.added("name", "1")]);
    expect(decode(decoder, [...field.added(62, "22222222222222222222222222"), 0xbe]).fields).toEqual([
      ...["name", "22222222222222222222222222", "name", "22222222222222222222222222"],
    ]);
  });

  it("holds as many entries as fit, also after many more", () => {
    const decoder = decoderWith({ maxTableBytes: 65536 });
    decode(decoder, field.tableSize(33 * 1000));
    for (let i = 0; i < 5000; i++) decode(decoder, field.added("", String(i % 10)));
    expect(decoder.table.length).toBe(1000);
    expect(decode(decoder, field.indexed(61 + 1000)).fields).toEqual(["", "0"]);
    expect(decode(decoder, field.indexed(62)).fields).toEqual(["", "9"]);
    expect(() => decode(decoder, field.indexed(61 + 1001))).toThrow("no entry has the index 1062");
  });
});

describe("a list that is too large", () => {
  const block = [...field.indexed(2), ...field.added("x-a", "12345"), ...field.plain("x-b", "1")];
  const list = [":method", "GET", "x-a", "12345", "x-b", "1"];
  const size = 10 + 8 + 4 + 3 * 32;

  it("is told by bytes: name, value and 32 a field", () => {
    for (const [maxListBytes, tooLarge, pairs] of [
      [size - 1, "bytes", 2],
      [size, undefined, 3],
      [size + 1, undefined, 3],
      [41, "bytes", 0],
      [42, "bytes", 1],
      [43, "bytes", 1],
      [0, "bytes", 0],
    ] as const) {
      expect(decode(decoderWith({ maxListBytes }), block)).toEqual({
        fields: list.slice(0, 2 * pairs),
        size,
        tooLarge,
      });
    }
  });

  it("is told by pairs", () => {
    for (const [maxPairs, tooLarge] of [
      [0, "pairs"],
      [2, "pairs"],
      [3, undefined],
      [4, undefined],
    ] as const) {
      expect(decode(decoderWith({ maxPairs }), block)).toEqual({ fields: list.slice(0, 2 * maxPairs), size, tooLarge });
    }
  });

  it("is told by the limit that was passed first", () => {
    const two = [...field.indexed(2), ...field.indexed(2)];
    expect(decode(decoderWith({ maxListBytes: 42, maxPairs: 1 }), two).tooLarge).toBe("bytes");
    expect(decode(decoderWith({ maxListBytes: 84, maxPairs: 1 }), [...two, 0x82]).tooLarge).toBe("pairs");
  });

  it("leaves the table as every other list does", () => {
    for (const limits of [{ maxListBytes: 50 }, { maxPairs: 1 }]) {
      const decoder = decoderWith(limits);
      const large = [
        ...block,
        ...field.added("x-c", "2", true),
        ...field.added(62, "3"),
        ...field.plain(62, "4", true),
      ];
      expect(decode(decoder, large).tooLarge).toBeDefined();
      expect(decoder.table.length).toBe(3);
      expect(decode(decoder, field.indexed(62)).fields).toEqual(["x-c", "3"]);
      expect(decode(decoder, field.indexed(63)).fields).toEqual(["x-c", "2"]);
      expect(decode(decoder, field.indexed(64)).fields).toEqual(["x-a", "12345"]);
    }
  });
});

function decoderWith(limits: Partial<HpackDecoderLimits> = {}): HpackDecoder {
  return new HpackDecoder({ maxTableBytes: 4096, maxListBytes: 1 << 20, maxPairs: 1000, ...limits });
}

function decode(decoder: HpackDecoder, block: number[]): DecodedBlock {
  return decoder.decode(Uint8Array.from(block), 0, block.length);
}
