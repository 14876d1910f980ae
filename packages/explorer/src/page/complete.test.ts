import { describe, expect, it } from "@jest/globals";
import { item } from "../testing/shop.js";
import { complete } from "./complete.js";

/** What is offered at the bar in a text. */
function offered(text: string): readonly string[] {
  const cursor = text.indexOf("|");
  return complete(text.replace("|", ""), cursor, item)?.items.map(({ label }) => label) ?? [];
}

/** The text when the first of what is offered was put in. */
function accepted(text: string): string {
  const cursor = text.indexOf("|");
  const plain = text.replace("|", "");
  const found = complete(plain, cursor, item);
  const { insert = "", back = 0 } = found?.items[0] ?? {};
  const before = plain.slice(0, found?.from) + insert;
  return `${before.slice(0, before.length - back)}|${before.slice(before.length - back)}${plain.slice(cursor)}`;
}

describe("in a request there can stand", () => {
  it.each([
    ["all fields", "{|", ["name", "itemCount", "size", "parts", "byInvoice", "byCard"]],
    ["all but those that are there", '{"name": "a", "item_count": 1, |', ["size", "parts", "byInvoice", "byCard"]],
    ["all but those of a oneof that is there", '{"byCard": "1", |', ["name", "itemCount", "size", "parts"]],
    ["those with what was typed, the beginning first", '{"na|', ["name"]],
    ["those that have it inside", '{"card|', ["byCard"]],
    ["fields of a message in a list", '{"parts": [{"name": "x"}, {"s|', ["size", "parts"]],
    ["fields after a list", '{"parts": [{"name": "}"}], "na|', ["name"]],
    ["values of an enum", '{"size": |', ["SIZE_UNSPECIFIED", "SIZE_SMALL"]],
    ["values of an enum in a string", '{"size": "SM|"}', ["SIZE_SMALL"]],
    ["true and false", '{"byInvoice": |', ["true", "false"]],
    ["nothing in a text", '{"name": "a|', []],
    ["nothing outside", "|", []],
    ["nothing after a value", '{"name": "a" |', []],
    ["nothing in what nobody knows", '{"other": {|', []],
    ["nothing after the end", "{} |", []],
  ])("%s", (_, text, expected) => {
    expect(offered(text)).toEqual(expected);
  });
});

describe("what is chosen", () => {
  it.each([
    ['{"na|', '{"name": "|"'],
    ["{it|", '{"itemCount": 0|'],
    ['{"par|', '{"parts": [|]'],
    ['{"na|": "x"}', '{"name"|": "x"}'],
    ['{"size": |}', '{"size": "SIZE_UNSPECIFIED"|}'],
    ['{"byInvoice": f|}', '{"byInvoice": false|}'],
  ])("turns %s into %s", (before, after) => {
    expect(accepted(before)).toBe(after);
  });
});
