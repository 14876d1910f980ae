import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { encodeGrpcTimeout, parseGrpcTimeout } from "./timeout.js";

describe("encodeGrpcTimeout", () => {
  it.each([
    [0, "0n"],
    [-1, "0n"],
    [0.0000001, "1n"],
    [1, "1000000n"],
    [99.999999, "99999999n"],
    [99.9999999, "100000u"],
    [100, "100000u"],
    [200, "200000u"],
    [99_999.999, "99999999u"],
    [100_000, "100000m"],
    [99_999_999, "99999999m"],
    [100_000_000, "100000S"],
    [99_999_999_000, "99999999S"],
    [99_999_999_001, "1666667M"],
    [5_999_999_940_000, "99999999M"],
    [5_999_999_940_001, "1666667H"],
    [359_999_996_400_000, "99999999H"],
    [359_999_996_400_001, undefined],
    [Number.POSITIVE_INFINITY, undefined],
  ])("writes %d ms as %s", (timeoutMs, value) => {
    expect(encodeGrpcTimeout(timeoutMs)).toBe(value);
  });

  it("is at most a unit longer than asked for, and never shorter", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 3.5e14, noNaN: true }), (timeoutMs) => {
        const value = encodeGrpcTimeout(timeoutMs) as string;
        expect(value).toMatch(/^[0-9]{1,8}[HMSmun]$/);
        const read = parseGrpcTimeout(value) as number;
        expect(read).toBeGreaterThanOrEqual(timeoutMs * (1 - 1e-12));
        expect(read).toBeLessThanOrEqual(Math.max(timeoutMs * 1.001, timeoutMs + 1e-6) * (1 + 1e-9));
      }),
    );
  });
});

describe("parseGrpcTimeout", () => {
  it.each([
    ["0n", 0],
    ["1n", 0.000001],
    ["5u", 0.005],
    ["100m", 100],
    ["00000001S", 1000],
    ["2M", 120_000],
    ["1H", 3_600_000],
    ["99999999H", 359_999_996_400_000],
  ])("reads %s", (value, timeoutMs) => {
    expect(parseGrpcTimeout(value)).toBe(timeoutMs);
  });

  it.each(["", "n", "1", "1s", "1h", "-1S", "+1S", "1.5S", " 1S", "1S ", "123456789n", "1S, 1S", "1\u0664S"])(
    "does not read %j",
    (value) => {
      expect(parseGrpcTimeout(value)).toBeUndefined();
    },
  );

  it("never throws", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const read = parseGrpcTimeout(value);
        expect(read === undefined || /^[0-9]{1,8}[HMSmun]$/.test(value)).toBe(true);
      }),
    );
  });
});
