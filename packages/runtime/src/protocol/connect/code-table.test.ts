import { describe, expect, it } from "@jest/globals";
import { Code } from "../../error/code.js";
import { httpStatusFromCode } from "./code-table.js";

describe("httpStatusFromCode", () => {
  it("is as the specification's table has it", () => {
    expect(Object.values(Code).map((code) => [code, httpStatusFromCode(code)])).toEqual([
      ["canceled", 499],
      ["unknown", 500],
      ["invalid_argument", 400],
      ["deadline_exceeded", 504],
      ["not_found", 404],
      ["already_exists", 409],
      ["permission_denied", 403],
      ["resource_exhausted", 429],
      ["failed_precondition", 400],
      ["aborted", 409],
      ["out_of_range", 400],
      ["unimplemented", 501],
      ["internal", 500],
      ["unavailable", 503],
      ["data_loss", 500],
      ["unauthenticated", 401],
    ]);
  });
});
