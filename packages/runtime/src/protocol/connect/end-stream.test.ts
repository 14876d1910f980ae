import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ConnectError } from "../../error/connect-error.js";
import { HeaderMap } from "../../http/header-map.js";
import { defaultHeaderLimits } from "../../http/http-client.js";
import { bytes, pairs, text } from "../../testing/protocol-fixtures.js";
import type { CallEnd } from "../protocol.js";
import { readEndStream } from "./end-stream.js";
import { writeEndStream } from "./end-stream-writer.js";

const headers = new HeaderMap({ h: "0" });

const read = (json: string): CallEnd => readEndStream(bytes(json), headers, defaultHeaderLimits);
const range = (length: number, value: string): [string, string][] => Array.from({ length }, (_, i) => [`n${i}`, value]);

describe("readEndStream", () => {
  it.each([
    ["{}", undefined],
    [" {} ", undefined],
    ["null", undefined],
    ['{"error":null}', undefined],
    ['{"code":"out_of_range","message":"oops"}', undefined],
    ['{"error":{"code":null,"message":"oops"}}', "[unknown] oops"],
    ['{"error":{"message":"oops"}}', "[unknown] oops"],
    ['{"error":{"code":"foobar","message":"oops"}}', "[unknown] oops"],
    ['{"error":{"code":"out_of_range","message":"oops","foobar":"baz"}}', "[out_of_range] oops"],
    ['{"error":{}}', "[unknown]"],
    ['{"error":"oops"}', "[unknown] the end-of-stream message has a malformed error"],
    ['{"error":false}', "[unknown] the end-of-stream message has a malformed error"],
    ["", "[internal] the end-of-stream message is not a JSON object"],
    ["[]", "[internal] the end-of-stream message is not a JSON object"],
    ["{", "[internal] the end-of-stream message is not a JSON object"],
  ])("reads %s as %s", (json, error) => {
    expect(read(json).error?.message).toBe(error);
  });

  it("merges metadata whatever the case of the names, and leaves out what no header could be", () => {
    const json =
      '{"metadata":{"X-A":["1","2"],"x-a":["3"],"y":"4","z":null,"q":[1,"5"],"b d":["6"],"w":["a\\nb"],"__proto__":["7"]}}';
    expect(pairs(read(json).trailers)).toEqual([
      ["x-a", "1"],
      ["x-a", "2"],
      ["x-a", "3"],
      ["y", "4"],
      ["q", "5"],
      ["__proto__", "7"],
    ]);
  });

  it.each(['{"metadata":[]}', '{"metadata":"a"}', '{"metadata":null}'])("takes %s for no metadata", (json) => {
    expect(pairs(read(json).trailers)).toEqual([]);
  });

  it("gives an error headers and trailers", () => {
    const end = read('{"error":{"code":"aborted"},"metadata":{"t":["1"]}}');
    expect(pairs(end.error?.metadata)).toEqual([
      ["h", "0"],
      ["t", "1"],
    ]);
    expect(pairs(end.trailers)).toEqual([["t", "1"]]);
    expect(end.error?.isRemote).toBe(true);
  });

  it.each([
    ["pairs", { a: Array(128).fill("") }, { a: Array(129).fill("") }, "128 pairs (maxHeaderPairs)"],
    ["pairs of which most are no headers", {}, { a: Array(1e6).fill("\0") }, "128 pairs (maxHeaderPairs)"],
    ["names", { a: ["1"], b: "2" }, Object.fromEntries(range(129, "")), "128 pairs (maxHeaderPairs)"],
    ["bytes", { a: ["x".repeat(16_351)] }, { a: ["x".repeat(16_352)] }, "16384 bytes (maxHeaderBytes)"],
    ["bytes of names", {}, { ["x".repeat(16_384)]: ["1"] }, "16384 bytes (maxHeaderBytes)"],
    ["bytes in all", {}, Object.fromEntries(range(100, "x".repeat(200))), "16384 bytes (maxHeaderBytes)"],
  ])("limits trailers as headers: %s", (_name, fine, tooMany, limit) => {
    for (const error of [undefined, { code: "aborted" }]) {
      expect(read(JSON.stringify({ error, metadata: fine })).error?.code).toBe(error?.code);
      const end = read(JSON.stringify({ error, metadata: tooMany }));
      expect(end.error?.message).toBe(`[resource_exhausted] the response's trailers have more than ${limit}`);
      expect(end.trailers.list.length).toBeLessThanOrEqual(256);
    }
  });

  it("never throws", () => {
    const key = fc.constantFrom("error", "metadata", "code", "__proto__", "x");
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(fc.string(), fc.constant(null), fc.array(tie("tree"), { maxLength: 3 }), tie("object")),
      object: fc.dictionary(key, tie("tree")),
    }));
    fc.assert(
      fc.property(tree, (json) => {
        expect(read(JSON.stringify(json)).trailers).toBeInstanceOf(HeaderMap);
      }),
    );
  });
});

describe("writeEndStream", () => {
  it("is an empty object for a plain success", () => {
    expect([...writeEndStream(undefined, new HeaderMap())]).toEqual([2, 0, 0, 0, 2, 0x7b, 0x7d]);
  });

  it("gives its memory away", () => {
    const first = writeEndStream(undefined, new HeaderMap());
    expect(writeEndStream(undefined, new HeaderMap()).buffer).not.toBe(first.buffer);
  });

  it("has the error, the trailers and the error's metadata, without what is reserved", () => {
    const trailers = new HeaderMap([
      ["a", "1"],
      ["__proto__", "2"],
      ["Grpc-Status", "0"],
      ["a", "3"],
    ]);
    const error = new ConnectError("aborted", "m", { metadata: { a: "4", "content-type": "x" } });
    const frame = writeEndStream(error, trailers);
    expect([...frame.subarray(0, 5)]).toEqual([2, 0, 0, 0, frame.length - 5]);
    expect(text(frame.subarray(5))).toBe(
      '{"error":{"code":"aborted","message":"m"},"metadata":{"a":["1","3","4"],"__proto__":["2"]}}',
    );
  });

  it("leaves metadata out when all of it is reserved", () => {
    expect(text(writeEndStream(undefined, new HeaderMap({ te: "x" })).subarray(5))).toBe("{}");
  });

  it("writes what readEndStream reads", () => {
    const value = fc.stringMatching(/^([\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)?$/);
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const trailers = new HeaderMap(values.map((item): [string, string] => ["x", item]));
        const end = readEndStream(
          writeEndStream(undefined, trailers).subarray(5),
          new HeaderMap(),
          defaultHeaderLimits,
        );
        expect(end).toEqual({ error: undefined, trailers });
      }),
    );
  });
});
