import { describe, expect, it } from "@jest/globals";
import { Code, codeFromNumber, codeNumber, isCode } from "./code.js";

/** The list of https://connectrpc.com/docs/protocol#error-codes with the numbers of gRPC's statuscodes.md. */
const published: readonly (readonly [number, Code])[] = [
  [1, "canceled"],
  [2, "unknown"],
  [3, "invalid_argument"],
  [4, "deadline_exceeded"],
  [5, "not_found"],
  [6, "already_exists"],
  [7, "permission_denied"],
  [8, "resource_exhausted"],
  [9, "failed_precondition"],
  [10, "aborted"],
  [11, "out_of_range"],
  [12, "unimplemented"],
  [13, "internal"],
  [14, "unavailable"],
  [15, "data_loss"],
  [16, "unauthenticated"],
];

describe("codes", () => {
  it.each(published)("has number %d for %s, both ways", (number, code) => {
    expect(codeNumber(code)).toBe(number);
    expect(codeFromNumber(number)).toBe(code);
    expect(isCode(code)).toBe(true);
  });

  it("has no code for OK and for numbers that name none", () => {
    for (const number of [0, 17, -1, 1.5, Number.NaN, 1e9]) expect(codeFromNumber(number)).toBeUndefined();
  });

  it("knows what is no code", () => {
    for (const name of ["", "ok", "NOT_FOUND", "cancelled", "constructor", "__proto__", 5, null, undefined, {}]) {
      expect(isCode(name)).toBe(false);
    }
  });

  it("can be browsed as an object", () => {
    expect(Object.values(Code)).toEqual(published.map(([, code]) => code));
    expect(Code.NotFound).toBe("not_found");
  });
});
