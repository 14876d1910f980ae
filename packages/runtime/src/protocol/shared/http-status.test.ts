import { describe, expect, it } from "@jest/globals";
import { codeFromHttpStatus } from "./http-status.js";

describe("codeFromHttpStatus", () => {
  it.each([
    [400, "internal"],
    [401, "unauthenticated"],
    [403, "permission_denied"],
    [404, "unimplemented"],
    [429, "unavailable"],
    [502, "unavailable"],
    [503, "unavailable"],
    [504, "unavailable"],
    [204, "unknown"],
    [302, "unknown"],
    [304, "unknown"],
    [405, "unknown"],
    [408, "unknown"],
    [415, "unknown"],
    [418, "unknown"],
    [500, "unknown"],
    [505, "unknown"],
    [800, "unknown"],
  ])("makes %i %s", (status, code) => {
    expect(codeFromHttpStatus(status)).toBe(code);
  });
});
