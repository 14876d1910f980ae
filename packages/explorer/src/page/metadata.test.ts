import { expect, it } from "@jest/globals";
import { readMetadata } from "./metadata.js";

it("reads a header from each line", () => {
  expect(readMetadata("Authorization:  Bearer a:b \n\nx-empty:\n x-bytes-bin : AAE\nx-a: 1\nx-a: 2")).toEqual({
    headers: [
      ["authorization", "Bearer a:b"],
      ["x-empty", ""],
      ["x-bytes-bin", "AAE"],
      ["x-a", "1"],
      ["x-a", "2"],
    ],
    problem: undefined,
  });
});

it.each([
  ["x y: 1", 'a header is written as "name: value", not "x y: 1"'],
  ["nothing", 'a header is written as "name: value", not "nothing"'],
  ["Cookie: a=b", "a browser lets no page set the header cookie"],
  ["sec-fetch-site: none", "a browser lets no page set the header sec-fetch-site"],
  ["explorer-token: x", "the explorer sets the header explorer-token itself"],
  ["connect-timeout-ms: 1", "the explorer sets the header connect-timeout-ms itself"],
  ["content-type: a/b", "the explorer sets the header content-type itself"],
  ["x-a: é", "the value of x-a must be printable ASCII"],
])("tells what is wrong with %j, and goes on", (line, problem) => {
  expect(readMetadata(`${line}\nx-good: 1`)).toEqual({ headers: [["x-good", "1"]], problem });
});
