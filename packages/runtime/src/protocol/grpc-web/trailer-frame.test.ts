import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { HeaderMap } from "../../http/header-map.js";
import { defaultHeaderLimits } from "../../http/http-client.js";
import { bytes, pairs, text } from "../../testing/protocol-fixtures.js";
import { BodyMetadata } from "../shared/body-metadata.js";
import { readTrailerFrame, writeTrailerFrame } from "./trailer-frame.js";

function read(payload: Uint8Array): BodyMetadata {
  const metadata = new BodyMetadata(defaultHeaderLimits);
  readTrailerFrame(payload, metadata);
  return metadata;
}

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
    expect(pairs(read(bytes(payload)).trailers)).toEqual(trailers);
  });

  it("takes as many trailers as headers, and no more", () => {
    expect(read(bytes("a: b\r\n".repeat(128))).error).toBeUndefined();
    expect(read(bytes("a: b\r\n".repeat(129))).error?.message).toBe(
      "[resource_exhausted] the response's trailers have more than 128 pairs (maxHeaderPairs)",
    );
    expect(read(bytes("no header\n".repeat(129))).error?.code).toBe("resource_exhausted");
    expect(read(bytes(`a:${"x".repeat(16_351)}`)).error).toBeUndefined();
    expect(read(bytes(`a:${"x".repeat(16_352)}`)).error?.message).toBe(
      "[resource_exhausted] the response's trailers have more than 16384 bytes (maxHeaderBytes)",
    );
  });

  it("undoes writeTrailerFrame", () => {
    const name = fc.stringMatching(/^[a-z0-9_-]+$/);
    const value = fc.stringMatching(/^([\x21-\x7e\x80-\xff]([\x20-\x7e]*[\x21-\x7e])?)?$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (list) => {
        const trailers = new HeaderMap(list);
        expect(pairs(read(writeTrailerFrame(trailers).subarray(5)).trailers)).toEqual(pairs(trailers));
      }),
    );
  });

  it("never throws, and never makes a header that could not be one", () => {
    const byte = fc.oneof(fc.constantFrom(0x0a, 0x0d, 0x3a, 0x20, 0x61, 0), fc.nat(255));
    fc.assert(
      fc.property(fc.array(byte), (data) => {
        const { trailers } = read(Uint8Array.from(data));
        expect(pairs(new HeaderMap(pairs(trailers)))).toEqual(pairs(trailers));
      }),
    );
  });
});
