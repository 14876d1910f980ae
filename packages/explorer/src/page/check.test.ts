import { create, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "@jest/globals";
import { item, registry } from "../testing/shop.js";
import { check } from "./check.js";

describe("a request", () => {
  it("is read by the schema", () => {
    const init = { name: "tea", size: 1, payment: { case: "byInvoice", value: true } } as MessageInitShape<DescMessage>;
    expect(check('{"name": "tea", "size": "SIZE_SMALL", "byInvoice": true}', item, registry).message).toEqual(
      create(item, init),
    );
  });

  it("may be empty", () => {
    expect(check(" \n", item, registry).message).toEqual(create(item));
  });

  it.each([
    ["is no JSON", '{\n  "name": "tea",\n}', 3, /^not JSON: /],
    ["ends early", '{\n  "name": "tea"\n', 2, /^not JSON: /],
    ["has a field that there is not", '{\n  "name": "a",\n  "nme": "b"\n}', 3, /"nme"/],
    ["has a value of another type", '{\n  "name": "a",\n  "itemCount": "x"\n}', 3, /item_count/],
    ["has a value in a list of another type", '{\n  "parts": [\n    3\n  ]\n}', 3, /Item: 3$/],
    ["has a value that an enum does not have", '{\n\n  "size": "HUGE"\n}', 3, /HUGE/],
    ["has two of a oneof", '{\n  "byInvoice": true,\n  "byCard": "1"\n}', 3, /^payment: /],
    ["is no object", "3", 1, /Item|object|3/],
  ])("that %s is told so, with the line", (_, text, line, expected) => {
    const { problem } = check(text, item, registry);
    expect(problem?.text).toMatch(expected);
    expect([problem?.line, problem?.text]).toEqual([line, expect.stringMatching(expected)]);
  });
});
