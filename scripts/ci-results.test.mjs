import { describe, expect, it } from "@jest/globals";
import { again, count, names, read } from "./ci-results.mjs";

const test = (fullName, ...failureMessages) => ({
  fullName,
  failureMessages,
  status: failureMessages.length > 0 ? "failed" : "passed",
});
const file = (name, ...assertionResults) => ({
  name: `${process.cwd()}/${name}`,
  assertionResults,
  message: "",
  status: assertionResults.some(({ status }) => status === "failed") ? "failed" : "passed",
});
const run = (...testResults) => {
  const statuses = testResults.flatMap((result) => result.assertionResults.map(({ status }) => status));
  return {
    file: "/results/source.json",
    numPassedTests: statuses.filter((status) => status === "passed").length,
    numFailedTests: statuses.filter((status) => status === "failed").length,
    numRuntimeErrorTestSuites: testResults.filter((result) => result.assertionResults.length === 0).length,
    testResults,
  };
};

const good = file("tests/a.test.ts", test("works"));
const unsteady = file(
  "tests/b.test.ts",
  test("works too"),
  test("is slow", "\u001b[31mExpected: 1\u001b[0m\n  Received: 2"),
);
const broken = { ...file("tests/c.test.ts"), status: "failed", message: "1 timer still open" };
const missing = read("/there/is/no/such.json");

describe("count", () => {
  it("counts a file that could not run, and results that were not written, as a failure each", () => {
    expect(count([run(good, unsteady)])).toEqual({ passed: 2, failed: 1 });
    expect(count([run(good, broken)])).toEqual({ passed: 1, failed: 1 });
    expect(count([run(good), missing])).toEqual({ passed: 1, failed: 1 });
  });
});

describe("names", () => {
  it("names each failure on a line, with what it said", () => {
    expect(names([run(good, unsteady, broken), missing])).toEqual([
      "source: tests/b.test.ts: is slow: Expected: 1 Received: 2",
      "source: tests/c.test.ts: 1 timer still open",
      "such: wrote no results",
    ]);
    const many = file("tests/d.test.ts", ...Array.from({ length: 7 }, (_, i) => test(`case ${i}`, "no")));
    expect(names([run(many)]).slice(4)).toEqual([
      "source: tests/d.test.ts: case 4: no",
      "source: tests/d.test.ts: and 2 more",
    ]);
    expect(names([run(good)])).toEqual([]);
  });
});

describe("again", () => {
  it("gives the files of a few failures", () => {
    expect(again([run(good, unsteady, broken)])).toEqual(["tests/b.test.ts", "tests/c.test.ts"]);
  });

  it("gives none when many tests failed, or a run ended before it wrote", () => {
    const many = file("tests/d.test.ts", ...Array.from({ length: 4 }, (_, i) => test(`case ${i}`, "no")));
    expect(again([run(good, many)])).toEqual([]);
    expect(again([run(unsteady), missing])).toEqual([]);
    expect(again([run(good)])).toEqual([]);
  });
});
