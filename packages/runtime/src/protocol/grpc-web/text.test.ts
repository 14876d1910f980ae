import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { bytes, text } from "../../testing/protocol-fixtures.js";
import { TextTranscoder } from "./text.js";

function decode(...chunks: string[]): number[] {
  const transcoder = new TextTranscoder();
  const decoded = chunks.flatMap((chunk) => [...transcoder.decode(bytes(chunk))]);
  transcoder.decodeEnd();
  return decoded;
}

describe("TextTranscoder", () => {
  it.each([
    [[""], []],
    [["AQID"], [1, 2, 3]],
    [["AQ==AgM=BAUG"], [1, 2, 3, 4, 5, 6]],
    [
      ["A", "Q", "=", "=", "Ag", "=="],
      [1, 2],
    ],
    [
      ["AQIDBA", "UG"],
      [1, 2, 3, 4, 5, 6],
    ],
    [["//+/"], [0xff, 0xff, 0xbf]],
  ])("decodes %j", (chunks, decoded) => {
    expect(decode(...chunks)).toEqual(decoded);
  });

  it.each([["AQ!="], ["A==="], ["===="], ["AQ=I"], ["A Q="], ["AQID\r\n=="]])("refuses %j", (chunk) => {
    expect(() => decode(chunk)).toThrow("[invalid_argument] the request's body is not base64");
  });

  it.each([["A"], ["AQ"], ["AQI"], ["AQIDB"]])("refuses the end after %j", (chunk) => {
    expect(() => decode(chunk)).toThrow("[invalid_argument] the request's body ended within a group of base64");
  });

  it.each([
    [[], ""],
    [[1], "AQ=="],
    [[1, 2], "AQI="],
    [[1, 2, 3], "AQID"],
    [[255, 255, 191], "//+/"],
  ])("encodes %j by itself, with padding", (data, encoded) => {
    expect(text(new TextTranscoder().encode(Uint8Array.from(data)))).toBe(encoded);
  });

  it("decodes what it encoded piece by piece, however it is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 9 })), fc.array(fc.nat(20)), (writes, cuts) => {
        const transcoder = new TextTranscoder();
        const wire = writes.flatMap((data) => [...transcoder.encode(data)]);
        const decoded: number[] = [];
        for (const cut of [...cuts, wire.length]) {
          decoded.push(...transcoder.decode(Uint8Array.from(wire.splice(0, cut))));
        }
        transcoder.decodeEnd();
        expect(decoded).toEqual(writes.flatMap((data) => [...data]));
      }),
    );
  });

  it("fails in no other way", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (chunks) => {
        const transcoder = new TextTranscoder();
        let code = "ok";
        try {
          for (const chunk of chunks) transcoder.decode(chunk);
          transcoder.decodeEnd();
        } catch (error) {
          code = (error as { code: string }).code;
        }
        expect(["ok", "invalid_argument"]).toContain(code);
      }),
    );
  });
});
