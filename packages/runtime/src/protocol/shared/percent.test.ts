import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { codePoint } from "../../testing/code-point.js";
import { percentDecode, percentDecodeBytes, percentEncode } from "./percent.js";

describe("percentEncode", () => {
  it.each([
    ["", ""],
    ['plain text, with ~ and "quotes"!', 'plain text, with ~ and "quotes"!'],
    ["100%", "100%25"],
    ["a\tb\r\n", "a%09b%0D%0A"],
    ["\u007f", "%7F"],
    ["é", "%C3%A9"],
    ["☺", "%E2%98%BA"],
    ["😈", "%F0%9F%98%88"],
    [" a b ", "%20a b%20"],
    [" ", "%20"],
    ["\ud800", "%EF%BF%BD"],
  ])("encodes %j as %j", (text, encoded) => {
    expect(percentEncode(text)).toBe(encoded);
  });

  it("gives what a header can carry", () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint }), (text) => {
        expect(percentEncode(text)).toMatch(/^([\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)?$/);
      }),
    );
  });
});

describe("percentDecode", () => {
  it.each([
    ["a%20b", "a b"],
    ["%e2%98%ba", "☺"],
    ["100%", "100%"],
    ["%", "%"],
    ["%z1%1z%", "%z1%1z%"],
    ["%25%", "%%"],
    ["%2", "%2"],
    ["%FF", "\ufffd"],
    ["%EF%BB%BFx", "\ufeffx"],
    ["a+b", "a+b"],
    ["é%20", "é "],
  ])("decodes %j as %j", (encoded, text) => {
    expect(percentDecode(encoded)).toBe(text);
  });

  it("undoes percentEncode", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(percentDecode(percentEncode(text))).toBe(text);
      }),
    );
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("%", "2", "e", "F", "é", "\ud800") }), (text) => {
        expect(typeof percentDecode(text)).toBe("string");
      }),
    );
  });
});

describe("percentDecodeBytes", () => {
  it("gives bytes that are no UTF-8", () => {
    expect([...percentDecodeBytes("%00%ff%C3", false)]).toEqual([0, 255, 0xc3]);
  });

  it("takes a plus for a space where queries have it", () => {
    expect([...percentDecodeBytes("a+%2B", true)]).toEqual([0x61, 0x20, 0x2b]);
    expect([...percentDecodeBytes("a+%2B", false)]).toEqual([0x61, 0x2b, 0x2b]);
  });
});
