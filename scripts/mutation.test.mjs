import { describe, expect, it } from "@jest/globals";
import { applyEdits, failuresIn } from "./mutation.mjs";

const files = { "a.ts": "let a = 1;\nlet b = 1;\n", "b.ts": "$1 and one" };
const read = (file) => files[file];

describe("applyEdits", () => {
  it("edits several files, and one file several times", () => {
    const edits = [
      { file: "a.ts", find: "a = 1", replace: "a = 2" },
      { file: "b.ts", find: "one", replace: "$& two" },
      { file: "a.ts", find: "b = 1", replace: "b = 3" },
    ];
    expect([...applyEdits(edits, read)]).toEqual([
      ["a.ts", "let a = 2;\nlet b = 3;\n"],
      ["b.ts", "$1 and $& two"],
    ]);
  });

  it("refuses text that stands in the file several times, or not at all, and edits that change nothing", () => {
    expect(() => applyEdits([{ file: "a.ts", find: "= 1", replace: "= 2" }], read)).toThrow(
      'a.ts: "find" stands there 2',
    );
    expect(() => applyEdits([{ file: "a.ts", find: "c = 1", replace: "" }], read)).toThrow("stands there 0 times");
    expect(() => applyEdits([{ file: "a.ts", find: "a = 1", replace: "a = 1" }], read)).toThrow("changes nothing");
  });
});

describe("failuresIn", () => {
  const file = (name, status, message, ...tests) => ({
    name,
    status,
    message,
    assertionResults: tests.map(([fullName, status]) => ({ fullName, status })),
  });

  it("has nothing where all tests pass", () => {
    expect(failuresIn({ testResults: [file("a", "passed", "", ["works", "passed"])] })).toEqual([]);
  });

  it("tells failed tests from leaks, and both from code that does not load", () => {
    const testResults = [
      file("a", "failed", "...", ["works", "passed"], ["holds", "failed"]),
      file("b", "failed", "  ● Test suite failed to run\n\n    1 timer still open\n", ["works", "passed"]),
      file("c", "failed", "  ● Test suite failed to run\n\n    x Expression expected\n"),
    ];
    expect(failuresIn({ testResults })).toEqual([
      { file: "a", text: "holds", ran: true },
      { file: "b", text: "1 timer still open", ran: true },
      { file: "c", text: "x Expression expected", ran: false },
    ]);
  });
});
