import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { parseGetQuery } from "./get-query.js";

describe("parseGetQuery", () => {
  it.each([
    ["", {}],
    ["&&=&x", {}],
    [
      "connect=v1&base64=1&compression=gzip&encoding=proto&message=AA==",
      { connect: "v1", base64: "1", compression: "gzip", encoding: "proto", message: "AA==" },
    ],
    ["message=&encoding=json", { message: "", encoding: "json" }],
    ["message", { message: "" }],
    ["encoding=json&encoding=proto", { encoding: "json" }],
    ["message=%7B%7D&other=1&__proto__=2", { message: "%7B%7D" }],
    ["encodin%67=js%6Fn", { encoding: "json" }],
    ["encoding=a+b%2B", { encoding: "a b+" }],
    ["encoding=%zz", { encoding: "%zz" }],
  ])("takes %j apart", (query, parsed) => {
    expect(parseGetQuery(query)).toEqual(parsed);
  });

  it("never throws", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("message", "encoding", "&", "=", "%", "4", "+", "é") }),
        (query) => {
          expect(parseGetQuery(query)).toBeDefined();
        },
      ),
    );
  });
});
