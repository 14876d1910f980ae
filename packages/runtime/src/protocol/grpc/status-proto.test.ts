import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { bytes } from "../../testing/protocol-fixtures.js";
import { readStatusProto, writeStatusProto } from "./status-proto.js";

const any = [0x1a, 0x22, 0x0a, 0x1d, ...bytes("type.googleapis.com/acme.Thing"), 0x12, 0x01, 0xff];
any[1] = any.length - 2;
any[3] = 30;

describe("writeStatusProto", () => {
  it.each([
    [0, "", [], []],
    [5, "", [], [0x08, 5]],
    [16, "é", [], [0x08, 16, 0x12, 2, 0xc3, 0xa9]],
    [3, "m", [{ type: "acme.Thing", value: Uint8Array.of(0xff) }], [0x08, 3, 0x12, 1, 0x6d, ...any]],
    [0, "", [{ type: "a", value: new Uint8Array(0) }], [0x1a, 23, 0x0a, 21, ...bytes("type.googleapis.com/a")]],
  ])("writes %i %j %j", (code, message, details, expected) => {
    expect([...writeStatusProto(code, message, details)]).toEqual(expected);
  });

  it("writes lengths of several bytes", () => {
    expect([...writeStatusProto(0, "x".repeat(300), []).subarray(0, 4)]).toEqual([0x12, 0xac, 0x02, 0x78]);
  });
});

describe("readStatusProto", () => {
  it("reads fields in any order, takes the last of a field, and skips those it does not know", () => {
    const fields = [
      any,
      [0x12, 1, 0x61],
      [0x20, 0x80, 0x01], // field 4, varint
      [0x29, 1, 2, 3, 4, 5, 6, 7, 8], // field 5, 64 bits
      [0x32, 2, 9, 9], // field 6, bytes
      [0x3d, 1, 2, 3, 4], // field 7, 32 bits
      [0x08, 1],
      [0x08, 0x83, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], // 3, in ten bytes
      [0x12, 1, 0x62],
    ];
    expect(readStatusProto(Uint8Array.from(fields.flat()))).toEqual({
      code: 3,
      message: "b",
      details: [{ type: "acme.Thing", value: Uint8Array.of(0xff) }],
    });
  });

  it("reads a negative code", () => {
    const minusOne = [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    expect(readStatusProto(Uint8Array.from(minusOne))?.code).toBe(-1);
  });

  it("leaves out a detail that is none", () => {
    expect(readStatusProto(Uint8Array.of(0x08, 1, 0x1a, 2, 0x0a, 9))).toEqual({ code: 1, message: "", details: [] });
  });

  it.each([
    [[0x08]],
    [[0x08, 0x80]],
    [[0x12, 2, 0x61]],
    [[0x12, 0xff, 0xff, 0xff, 0xff, 0x0f]],
    [[0x29, 1]],
    [[0x0b]],
    [[0x00, 0x00]],
    [[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
  ])("does not read %j", (data) => {
    expect(readStatusProto(Uint8Array.from(data))).toBeUndefined();
  });

  it("undoes writeStatusProto", () => {
    const detail = fc.record({ type: fc.stringMatching(/^[a-z.]{1,200}$/), value: fc.uint8Array({ maxLength: 300 }) });
    fc.assert(
      fc.property(fc.nat(16), fc.string({ unit: "grapheme" }), fc.array(detail), (code, message, details) => {
        expect(readStatusProto(writeStatusProto(code, message, details))).toEqual({ code, message, details });
      }),
    );
  });

  it("never throws", () => {
    const byte = fc.oneof(fc.constantFrom(0x08, 0x12, 0x1a, 0x0a, 0, 1, 2, 0x80, 0xff), fc.nat(255));
    fc.assert(
      fc.property(fc.array(byte), (data) => {
        const status = readStatusProto(Uint8Array.from(data));
        expect(status === undefined || Number.isInteger(status.code)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
