import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { HeaderMap } from "../../http/header-map.js";
import { bytes } from "../../testing/protocol-fixtures.js";
import { errorFromJson, parseJson } from "./error-json.js";

function read(json: string): string {
  const error = errorFromJson(parseJson(bytes(json)), "aborted", new HeaderMap(), "fallback");
  expect(error.isRemote).toBe(true);
  return error.message;
}

describe("errorFromJson", () => {
  it.each([
    ['{"code":"not_found","message":"m"}', "[not_found] m"],
    ['{"code":"not_found"}', "[not_found]"],
    ['{"code":"not_found","message":null}', "[not_found]"],
    ['{"code":"not_found","message":5}', "[not_found]"],
    ['{"code":"not_found","message":"m","other":{}}', "[not_found] m"],
    ['{"code":null,"message":"m"}', "[aborted] m"],
    ['{"message":"m"}', "[aborted] m"],
    ['{"code":"CODE","message":"m"}', "[aborted] m"],
    ['{"code":"toString","message":"m"}', "[aborted] m"],
    ['{"code":5,"message":"m"}', "[aborted] m"],
    ['{"code":"not_found","details":{}}', "[not_found]"],
    ["{}", "[aborted]"],
    ["null", "[aborted] fallback"],
    ["[]", "[aborted] fallback"],
    ['"text"', "[aborted] fallback"],
    ["", "[aborted] fallback"],
    ["<html>", "[aborted] fallback"],
    ['{"code":"not_found"', "[aborted] fallback"],
  ])("reads %s as %s", (json, message) => {
    expect(read(json)).toBe(message);
  });

  it("takes bytes that are no UTF-8 for no JSON", () => {
    expect(parseJson(Uint8Array.of(0x22, 0xff, 0x22))).toBeUndefined();
  });

  it("reads details, with or without padding, debug and a URL, and leaves out malformed ones", () => {
    const json = parseJson(
      bytes(
        JSON.stringify({
          code: "internal",
          details: [
            { type: "a.B", value: "AQ" },
            { type: "type.googleapis.com/a.C", value: "AQ==", debug: { x: 1 }, frob: 1 },
            { type: "a.D", value: "" },
            { type: "a.E", value: "!" },
            { type: "a.F" },
            { value: "AQ" },
            { type: 1, value: "AQ" },
            null,
            "a.G",
          ],
        }),
      ),
    );
    expect(errorFromJson(json, "unknown", new HeaderMap(), "").details).toEqual([
      { type: "a.B", value: Uint8Array.of(1) },
      { type: "a.C", value: Uint8Array.of(1), debug: { x: 1 } },
      { type: "a.D", value: new Uint8Array(0) },
    ]);
  });

  it("has the metadata", () => {
    expect(errorFromJson({}, "unknown", new HeaderMap({ a: "1" }), "").metadata.get("a")).toBe("1");
  });

  it("never throws, whatever the JSON", () => {
    const key = fc.constantFrom("code", "message", "details", "type", "value", "debug", "__proto__");
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(fc.string(), fc.integer(), fc.constant(null), tie("array"), tie("object")),
      array: fc.array(tie("tree"), { maxLength: 3 }),
      object: fc.dictionary(key, tie("tree")),
    }));
    fc.assert(
      fc.property(tree, (json) => {
        expect(read(JSON.stringify(json))).toMatch(/^\[/);
      }),
    );
  });

  it("never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (data) => {
        expect(errorFromJson(parseJson(data), "unknown", new HeaderMap(), "").code).toBe("unknown");
      }),
    );
  });
});
