import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { encodeConnectTimeout, parseConnectTimeout } from "./timeout.js";

describe("encodeConnectTimeout", () => {
  it.each([
    [1, "1"],
    [0.2, "1"],
    [1500.5, "1501"],
    [0, "0"],
    [-3, "0"],
    [9_999_999_999, "9999999999"],
    [9_999_999_999.5, undefined],
    [10_000_000_000, undefined],
    [Number.POSITIVE_INFINITY, undefined],
  ])("writes %d ms as %s", (timeoutMs, value) => {
    expect(encodeConnectTimeout(timeoutMs)).toBe(value);
  });
});

describe("parseConnectTimeout", () => {
  it.each([
    ["0", 0],
    ["1", 1],
    ["0001", 1],
    ["9999999999", 9_999_999_999],
  ])("reads %s", (value, timeoutMs) => {
    expect(parseConnectTimeout(value)).toBe(timeoutMs);
  });

  it.each(["", " ", "-1", "+1", "1.5", "1e3", "0x1", "1m", "1, 1", "10000000000", "00000000001", "٣"])(
    "does not read %j",
    (value) => {
      expect(parseConnectTimeout(value)).toBeUndefined();
    },
  );

  it("undoes encodeConnectTimeout", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_999_999_999 }), (timeoutMs) => {
        expect(parseConnectTimeout(encodeConnectTimeout(timeoutMs) as string)).toBe(timeoutMs);
      }),
    );
  });
});
