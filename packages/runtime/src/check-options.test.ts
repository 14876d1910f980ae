import { describe, expect, it } from "@jest/globals";
import {
  bytes,
  checkOptions,
  deadline,
  functions,
  has,
  listOf,
  milliseconds,
  oneOf,
  type Rule,
  whole,
} from "./check-options.js";

function problem(value: unknown, rule: Rule): Error | undefined {
  try {
    checkOptions("makeThing", { size: value }, { size: rule } as never);
  } catch (error) {
    return error as Error;
  }
  return undefined;
}

describe("a bad option", () => {
  it.each<[string, Rule, unknown, typeof TypeError | typeof RangeError, string]>([
    ["a negative size", bytes, -1, RangeError, "a whole number of bytes from 0 to 4294967295, not -1"],
    ["half a byte", bytes, 0.5, RangeError, "a whole number of bytes from 0 to 4294967295, not 0.5"],
    ["a size that is too large", bytes, 2 ** 32, RangeError, "to 4294967295, not 4294967296"],
    ["no number", bytes, Number.NaN, RangeError, "not NaN"],
    ["endless bytes", bytes, Number.POSITIVE_INFINITY, RangeError, "not Infinity"],
    ["text", bytes, "4MB", TypeError, 'not "4MB"'],
    ["a big integer", bytes, 1n, TypeError, "not 1"],
    ["null", bytes, null, TypeError, "not null"],
    ["a deadline before now", deadline, -1, RangeError, "a number of milliseconds from 0 to Infinity, not -1"],
    ["no deadline at all", deadline, Number.NaN, RangeError, "not NaN"],
    [
      "a time that no timer takes",
      milliseconds(1),
      2 ** 31,
      RangeError,
      "a number of milliseconds from 1 to 2147483647",
    ],
    ["an endless time", milliseconds(1), Number.POSITIVE_INFINITY, RangeError, "from 1 to 2147483647, not Infinity"],
    ["no time", milliseconds(1, Number.POSITIVE_INFINITY), 0, RangeError, "from 1 to 2147483647 or Infinity, not 0"],
    ["a half thing", whole("number of things", 1, 9), 1.5, RangeError, "a whole number of things from 1 to 9, not 1.5"],
    ["a word of none of the kinds", oneOf("a", "b"), "c", TypeError, '"a" or "b", not "c"'],
    ["a word in place of a switch", "boolean", "false", TypeError, 'of type boolean, not "false"'],
    ["an object in place of a function", "function", {}, TypeError, "of type function, not object"],
    ["a function in place of a list", functions, () => undefined, TypeError, "a list of functions, not function"],
    [
      "a list with something else in it",
      functions,
      [() => undefined, {}],
      TypeError,
      "a list of functions, not object",
    ],
    ["a list with a hole", listOf("makers", has("make")), [undefined], TypeError, "a list of makers"],
    ["long text, cut", bytes, "x".repeat(100), TypeError, `not "${"x".repeat(40)}"`],
    ["text with control characters, escaped", bytes, "\u001b[2J\n", TypeError, 'not "\\u001b[2J\\n"'],
    ["half a character, escaped", bytes, `${"x".repeat(39)}\u{1f600}`, TypeError, '\\ud83d"'],
    ["an object that cannot be text", bytes, Object.create(null), TypeError, "not object"],
  ])("%s is named, with what is allowed", (_what, rule, value, kind, text) => {
    const error = problem(value, rule);
    expect(error).toBeInstanceOf(kind);
    expect(error?.message).toContain(`size of makeThing must be `);
    expect(error?.message).toContain(text);
  });

  it.each<[string, Rule, unknown]>([
    ["0 bytes", bytes, 0],
    ["the most bytes", bytes, 2 ** 32 - 1],
    ["an endless deadline", deadline, Number.POSITIVE_INFINITY],
    ["a part of a millisecond", deadline, 0.25],
    ["the longest time", milliseconds(1), 2 ** 31 - 1],
    ["for ever, where that is meant", milliseconds(1, Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY],
    ["what is not given", bytes, undefined],
    ["an empty list", functions, []],
  ])("is not %s", (_what, rule, value) => {
    expect(problem(value, rule)).toBeUndefined();
  });
});

it("is found where an object has it of its class", () => {
  class Options {
    get size(): number {
      return Number.NaN;
    }
  }
  expect(() => checkOptions("makeThing", new Options(), { size: bytes })).toThrow("size of makeThing must be");
});

it("is given where an object has it of its class, and not where it is undefined", () => {
  class Sized {
    readonly name = undefined;
    get size(): number {
      return 1;
    }
  }
  const rules = { size: bytes, name: "string" } as const;
  const given = checkOptions<{ size: number; name: string | undefined }>("makeThing", new Sized(), rules);
  expect(Object.entries(given)).toEqual([["size", 1]]);
});

describe("what is no options at all", () => {
  const aborted = AbortSignal.abort();

  it.each<[object, string]>([
    [Promise.resolve({ size: 1 }), "Promise"],
    [[], "Array"],
    [[{ size: 1 }], "Array"],
    [aborted, "AbortSignal"],
    [new Map([["size", 1]]), "Map"],
  ])("is not read as none of them", (options, kind) => {
    const text = `the options of makeThing must be a plain object, not ${kind}`;
    expect(() => checkOptions("makeThing", options as never, { size: bytes } as never)).toThrow(new TypeError(text));
  });

  it.each<[string, object]>([
    ["an object without a prototype", Object.create(null) as object],
    ["one that inherits from a plain one", Object.create({}) as object],
    [
      "one of a class that has some",
      new (class Sized {
        readonly size = 1;
      })(),
    ],
  ])("is not %s", (_what, options) => {
    expect(() => checkOptions("makeThing", options as never, { size: bytes } as never)).not.toThrow();
  });
});

describe("an option that there is not", () => {
  const rules = { size: bytes, name: "string" } as const;
  const check = (options: object): object =>
    checkOptions("makeThing", options, rules as never, ["color hue", "paint it: paint({ ... })"]);

  it("is named, with those that there are", () => {
    expect(() => check({ sise: 1 })).toThrow(new TypeError('makeThing has no option "sise": it has size, name'));
  });

  it("is told its place, when it has one elsewhere", () => {
    expect(() => check({ hue: 1 })).toThrow(new TypeError('makeThing has no option "hue": paint it: paint({ hue })'));
  });

  it.each(["__proto__", "constructor", "toString"])("may have the name %s of every object's member", (name) => {
    expect(() => check(JSON.parse(`{ "${name}": 1 }`))).toThrow(`makeThing has no option "${name}"`);
  });

  it("is named where there are none", () => {
    expect(() => checkOptions("makeThing", { size: 1 } as never, {} as never)).toThrow(
      'makeThing has no option "size": it has none',
    );
  });

  it("may be undefined", () => {
    expect(() => check({ sise: undefined })).not.toThrow();
  });

  it.each([null, "http://localhost", 1, undefined])("is not looked for in %j, which is no object", (options) => {
    expect(() => check(options as never)).toThrow("the options of makeThing must be of type object");
  });
});
