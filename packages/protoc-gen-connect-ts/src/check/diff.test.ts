import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { shortDiff, unifiedDiff } from "./diff.js";

/** Applies a difference, as `patch` does. */
function apply(before: string, difference: string): string {
  if (difference === "") return before;
  const lines = before.split(/(?<=\n)/);
  let result = "";
  let index = 0;
  for (const line of difference.split(/(?<=\n)/)) {
    const hunk = /^@@ -(\d+)/.exec(line);
    if (hunk !== null) {
      result += lines.slice(index, Number(hunk[1]) - 1).join("");
      index = Number(hunk[1]) - 1;
    } else {
      if (!line.startsWith("-")) result += line.slice(1);
      if (!line.startsWith("+")) index++;
    }
  }
  return result + lines.slice(index).join("");
}

describe("the difference of two texts", () => {
  it("is empty for equal texts", () => {
    expect(unifiedDiff("a\nb\n", "a\nb\n")).toBe("");
    expect(unifiedDiff("", "")).toBe("");
  });

  it("shows lines that went and came, with three lines around them", () => {
    const before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
    expect(unifiedDiff(before, before.replace("5\n", "five\n"))).toBe(
      "@@ -2 +2 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n",
    );
  });

  it("shows places that are far from each other apart", () => {
    const lines = Array.from({ length: 30 }, (_, index) => `${index}\n`);
    const after = lines.map((line, index) => (index === 2 || index === 25 ? "new\n" : line));
    expect(unifiedDiff(lines.join(""), after.join("")).match(/^@@ .* @@$/gm)).toEqual(["@@ -1 +1 @@", "@@ -23 +23 @@"]);
  });

  it("finds the fewest edits", () => {
    expect(unifiedDiff("a\nb\nc\nd\n", "b\nc\nx\nd\n")).toBe("@@ -1 +1 @@\n-a\n b\n c\n+x\n d\n");
  });

  it("says when a line has no end", () => {
    expect(unifiedDiff("a\n", "a")).toBe("@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n");
  });

  it("shows all of texts that have nothing in common", () => {
    const before = Array.from({ length: 1200 }, (_, index) => `a${index}\n`).join("");
    const after = Array.from({ length: 1200 }, (_, index) => `b${index}\n`).join("");
    expect(unifiedDiff(before, after).split("\n")).toHaveLength(2402);
  });

  it("makes the one text out of the other", () => {
    const text = fc
      .array(fc.constantFrom("a\n", "b\n", "c\n", "d\n"), { maxLength: 40 })
      .map((lines) => lines.join(""));
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(apply(before, unifiedDiff(before, after))).toBe(after);
      }),
      {
        examples: [
          ["a\n", "a\n"],
          ["", ""],
          ["", "a\n"],
          ["a\n", ""],
        ],
      },
    );
  });
});

describe("the difference that is shown", () => {
  it("is all of it where it is short", () => {
    expect(shortDiff("a\nb\n", "a\nc\n")).toBe(unifiedDiff("a\nb\n", "a\nc\n"));
  });

  it("has of long lines what differs, with some of what is equal in front", () => {
    const line = (middle: string): string => `${"a".repeat(500)}${middle}${"b".repeat(2000)}\n`;
    const shown = shortDiff(`x\n${line("-old-")}`, `x\n${line("-new-")}`).split("\n");
    expect(shown[1]).toBe(" x");
    expect(shown[2]).toMatch(/^-\.\.\.a{38,40}-old-b+\.\.\.$/);
    expect(shown[3]).toMatch(/^\+\.\.\.a{38,40}-new-b+\.\.\.$/);
    expect(Math.max(...shown.map(({ length }) => length))).toBeLessThan(170);
  });

  it("has the beginning of a long line that stands alone", () => {
    expect(shortDiff("", `${"a".repeat(500)}\n`)).toMatch(/^@@ -1 \+1 @@\n\+a{160}\.\.\.\n$/);
  });

  it("says how many more lines there are", () => {
    const before = Array.from({ length: 300 }, (_, index) => `a${index}\n`).join("");
    const shown = shortDiff(before, "").split("\n");
    expect(shown).toHaveLength(62);
    expect(shown.at(-2)).toBe("... and 241 more lines");
  });
});
