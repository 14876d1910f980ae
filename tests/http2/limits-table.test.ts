// A test of a document: there is no source that it could stand beside.
import { readFileSync } from "node:fs";
import { limitTable, type Rate } from "@connect-ts/runtime/http2";
import { expect, test } from "@jest/globals";

test("the document on HTTP/2 names each limit, with its default and what it is against", () => {
  const text = readFileSync(new URL("../../docs/http2.md", import.meta.url), "utf8");
  const value = (limit: number | Rate, unit: string): string =>
    typeof limit === "object" ? `${limit.burst} ${unit}, then ${limit.perSecond} in each second` : `${limit} ${unit}`;
  const rows = Object.entries(limitTable).map(
    ([name, row]) => `| \`${name}\` | ${value(row.default, row.unit)} | ${row.attack} | ${row.ends} |`,
  );
  const [, section = ""] = /^## Limits\n(.*?)^## /ms.exec(text) ?? [];
  expect(section.split("\n").filter((line) => line.startsWith("| `"))).toEqual(rows);
});

test("the document on security names each limit", () => {
  const text = readFileSync(new URL("../../docs/security.md", import.meta.url), "utf8");
  expect(Object.keys(limitTable).filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
});
