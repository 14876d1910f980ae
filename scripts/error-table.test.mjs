import { describe, expect, it } from "@jest/globals";
import { currentTable, errorTable } from "./error-table.mjs";
import { collectErrors } from "./error-texts.mjs";

/** Collects from sources in which `#{` stands for the start of a placeholder. */
const errorsOf = (...texts) =>
  collectErrors(texts.map((text, index) => [`${index}.ts`, text.replaceAll("#{", "$" + "{")]));
const summary = (...texts) => errorsOf(...texts).map(({ kind, code, text, place }) => [kind, code, text, place]);

describe("the table of errors in docs/errors.md", () => {
  it("has a row for every error that the sources make, and no other", () => {
    expect(currentTable().problems).toEqual([]);
  });
});

describe("collectErrors", () => {
  it("has classes, codes, texts with placeholders, and places", () => {
    expect(
      summary(
        'throw new TypeError("no name");\nthrow new ConnectError("internal", `#{a.b} of #{quote(c)} [#{d ? "e" : f}]`);',
        'ConnectError.remote(x ? "unknown" : "internal", "far");',
      ),
    ).toEqual([
      ["TypeError", "", "no name", "0.ts:1"],
      ["ConnectError", "internal", "{b} of {c} [{e or f}]", "0.ts:2"],
      ["ConnectError", "unknown, internal", "far", "1.ts:1"],
    ]);
  });

  it("follows constants, conditions, helpers, and the arguments of callers in other files", () => {
    expect(
      summary(
        'export function fail(why) { const text = `failed: #{why}`; throw new ConnectError("internal", bad ? text : why); }',
        'fail("one"); fail(two()); function two() { return "two".slice(0, 3); }',
      ).map(([, , text]) => text),
    ).toEqual(["failed: {why}", "one", "two"]);
  });

  it("gives failures of HTTP the code that calls get", () => {
    expect(summary('sink.error({ reason: early ? "connect" : "protocol", message: "gone" });')).toEqual([
      ["HttpFailure", "unavailable, internal", "gone", "0.ts:1"],
    ]);
  });

  it("leaves out what passes the text of another error on", () => {
    expect(summary('new ConnectError("internal", `#{own}: #{cause}`); new Error(message);')).toEqual([]);
  });
});

describe("errorTable", () => {
  const page = "<!-- errors: x -->\n<!-- /errors -->";
  const errors = errorsOf('new TypeError("a|b"); new ConnectError("internal", "c");');
  const rows = { Calls: { "a|b": ["why", "cure"], c: ["why", "cure", "by luck"] } };

  it("has text, code, cause and cure", () => {
    expect(errorTable(errors, rows, page).updated).toContain(
      "### Calls\n\n| text | code | cause | cure |\n| --- | --- | --- | --- |\n| `a\\|b` | TypeError | why | cure |\n| `c` | by luck | why | cure |\n",
    );
  });

  it("names the row that is missing, the row that is too many, and the page that is old", () => {
    const { updated } = errorTable(errors, rows, page);
    expect(errorTable(errors, rows, updated).problems).toEqual([]);
    expect(errorTable(errorsOf('new TypeError("new")'), { Calls: { old: ["why", "cure"] } }, updated).problems).toEqual(
      [
        expect.stringMatching(/^0\.ts:1: an error without a row.*"new": \["why it happens", "what to do"\]/s),
        expect.stringMatching(/no source makes this error.*"old"/s),
        "docs/errors.md is out of date: run pnpm errors",
      ],
    );
  });
});
