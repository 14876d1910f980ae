import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { HeaderMap } from "../../http/header-map.js";
import { bytes, pairs, text } from "../../testing/protocol-fixtures.js";
import { readTrailerFrame, writeTrailerFrame } from "./trailer-frame.js";

describe("writeTrailerFrame", () => {
  it("writes a header block without a blank line at its end", () => {
    const frame = writeTrailerFrame(
      new HeaderMap([
        ["grpc-status", "0"],
        ["X-A", "1"],
        ["x-a", "ÿ"],
      ]),
    );
    expect([...frame.subarray(0, 5)]).toEqual([0x80, 0, 0, 0, 32]);
    expect(text(frame.subarray(5, 30))).toBe("grpc-status: 0\r\nx-a: 1\r\n" + "x");
    expect([...frame.subarray(-4)]).toEqual([0x20, 0xff, 0x0d, 0x0a]);
  });
});

describe("readTrailerFrame", () => {
  it.each([
    ["", []],
    [
      "grpc-status: 9\r\ngrpc-message: error\r\n",
      [
        ["grpc-status", "9"],
        ["grpc-message", "error"],
      ],
    ],
    [
      "Grpc-Status: 9\r\ngRPC-Message: error\r\nx-Custom: b\r\n",
      [
        ["grpc-status", "9"],
        ["grpc-message", "error"],
        ["x-custom", "b"],
      ],
    ],
    [
      "x: 1\r\nx: 2\r\n",
      [
        ["x", "1"],
        ["x", "2"],
      ],
    ],
    [
      "x:1\ny:  2  ",
      [
        ["x", "1"],
        ["y", "2"],
      ],
    ],
    ["x: 1\r\n\r\n", [["x", "1"]]],
    [
      "x: a:b\r\nempty:\r\n",
      [
        ["x", "a:b"],
        ["empty", ""],
      ],
    ],
    ["no colon\r\n: no name\r\nb d: 1\r\nx: \0\r\ny: 1\r\n", [["y", "1"]]],
  ] as [string, [string, string][]][])("reads %j", (payload, trailers) => {
    expect(pairs(readTrailerFrame(bytes(payload)))).toEqual(trailers);
  });

  it("undoes writeTrailerFrame", () => {
    const name = fc.stringMatching(/^[a-z0-9_-]+$/);
    const value = fc.stringMatching(/^([\x21-\x7e\x80-\xff]([\x20-\x7e]*[\x21-\x7e])?)?$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (list) => {
        const trailers = new HeaderMap(list);
        expect(pairs(readTrailerFrame(writeTrailerFrame(trailers).subarray(5)))).toEqual(pairs(trailers));
      }),
    );
  });

  it("never throws, and never makes a header that could not be one", () => {
    const byte = fc.oneof(fc.constantFrom(0x0a, 0x0d, 0x3a, 0x20, 0x61, 0), fc.nat(255));
    fc.assert(
      fc.property(fc.array(byte), (data) => {
        const trailers = readTrailerFrame(Uint8Array.from(data));
        expect(pairs(new HeaderMap(pairs(trailers)))).toEqual(pairs(trailers));
      }),
    );
  });
});
