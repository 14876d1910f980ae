import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { huffmanDecode, huffmanEncode, layOut } from "./huffman.js";

const byte = fc.integer({ min: 0, max: 255 });
const text = fc
  .oneof(
    fc.array(byte, { maxLength: 60 }),
    fc.array(fc.oneof(byte, fc.integer({ min: 32, max: 126 })), { maxLength: 300 }),
  )
  .map((bytes) => String.fromCharCode(...bytes));

describe("the Huffman code", () => {
  it("gives back every text, in the length that was told", () => {
    fc.assert(
      fc.property(text, (plain) => {
        expect(decode(encode(plain))).toBe(plain);
      }),
      { numRuns: 1000 },
    );
  });

  it("gives back every pair of bytes, after another", () => {
    for (let first = 0; first < 256; first++) {
      for (let second = 0; second < 256; second++) {
        const plain = `0${String.fromCharCode(first, second)}`;
        if (decode(encode(plain)) !== plain) throw new Error(`${first} ${second}`);
      }
    }
  });

  it("is written to its end with ones", () => {
    expect(encode("0")).toEqual([0b00000_111]);
    expect(encode("")).toEqual([]);
    expect(encode("\x16")).toEqual([0xff, 0xff, 0xff, 0xfb]);
  });

  it.each([
    ["padding of 8 ones", [0xff]],
    ["padding of 8 ones after a whole byte", [...encode("XX"), 0xff]],
    ["padding that has a zero", [0b00000_110]],
    ["padding of zeros", [0b00011_000]],
    ["EOS", [0xff, 0xff, 0xff, 0xff]],
    ["EOS after a byte", [0b00000_111, 0xff, 0xff, 0xff, 0xff]],
    ["a long code that is cut off", [0xff, 0xff, 0xff]],
    ["a long code without its last bit", [0xff, 0xc3]],
  ])("refuses %s", (_, bytes) => {
    expect(decode(bytes)).toBeUndefined();
  });

  it("refuses characters that are no bytes", () => {
    for (const wrong of ["\u0100", "a\u010ab", "😀"]) {
      expect(() => layOut(wrong, new Uint8Array(9))).toThrow(
        new TypeError("a header field has a character above U+00FF"),
      );
    }
  });

  it("decodes what a bit at a time decodes, and refuses what that refuses", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(byte, fc.constant(0xff)), { maxLength: 12 }), (bytes) => {
        expect(decode(bytes)).toBe(decodeByBits(bytes));
      }),
      { numRuns: 4000 },
    );
  });
});

function encode(plain: string): number[] {
  const into = new Uint8Array(4 * plain.length + 1).fill(0xaa);
  const bytes = new Uint8Array(plain.length);
  const length = layOut(plain, bytes);
  const end = huffmanEncode(bytes, plain.length, into, 0);
  if (end !== length) throw new Error(`${plain} is longer than was told`);
  return Array.from(into.subarray(0, end));
}

function decode(bytes: number[]): string | undefined {
  const into = new Uint8Array(2 * bytes.length + 2);
  const length = huffmanDecode(Uint8Array.from([1, ...bytes, 2]), 1, bytes.length + 1, into);
  return length < 0 ? undefined : String.fromCharCode(...into.subarray(0, length));
}

const codes = new Map<string, number>();

/** RFC 7541 section 5.2, with the codes that the encoder has. */
function decodeByBits(bytes: number[]): string | undefined {
  if (codes.size === 0) {
    for (let value = 0; value < 256; value++) {
      const doubled = bitsOf(encode(String.fromCharCode(value, value)));
      // What is written for a byte twice is its code twice, and less than a byte of ones.
      for (let length = 5; length <= 30; length++) {
        const code = doubled.slice(0, length);
        if (doubled.startsWith(code + code) && /^1{0,7}$/.test(doubled.slice(2 * length))) codes.set(code, value);
      }
    }
  }
  let code = "";
  let plain = "";
  for (const bit of bitsOf(bytes)) {
    code += bit;
    const value = codes.get(code);
    if (value === undefined) continue;
    plain += String.fromCharCode(value);
    code = "";
  }
  return /^1{0,7}$/.test(code) ? plain : undefined;
}

function bitsOf(bytes: number[]): string {
  return bytes.map((value) => value.toString(2).padStart(8, "0")).join("");
}
