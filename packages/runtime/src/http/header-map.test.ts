import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { HeaderMap, headersFromRaw } from "./header-map.js";

describe("HeaderMap", () => {
  it("goes where the standard Headers goes", () => {
    // A type error here is the failure: the assignment is what is tested.
    const standard: Headers = new HeaderMap({ "x-a": "1" });
    expect(standard.get("X-A")).toBe("1");
    expect([
      ...new Headers(
        new HeaderMap([
          ["a", "1"],
          ["a", "2"],
        ]),
      ),
    ]).toEqual([["a", "1, 2"]]);
    expect(new Response("", { headers: new HeaderMap({ "x-a": "1" }) }).headers.get("x-a")).toBe("1");
    expect(Object.prototype.toString.call(new HeaderMap())).toBe("[object Headers]");
  });

  it("is made from pairs, an object, a platform's Headers and another HeaderMap", () => {
    expect([
      ...new HeaderMap([
        ["B", "2"],
        ["a", "1"],
      ]),
    ]).toEqual([
      ["a", "1"],
      ["b", "2"],
    ]);
    expect([...new HeaderMap({ B: "2", a: "1" })]).toEqual([
      ["a", "1"],
      ["b", "2"],
    ]);
    expect([...new HeaderMap(new Headers({ B: "2", a: "1" }))]).toEqual([
      ["a", "1"],
      ["b", "2"],
    ]);
    expect([...new HeaderMap(new HeaderMap({ B: "2", a: "1" }))]).toEqual([
      ["a", "1"],
      ["b", "2"],
    ]);
    expect([...new HeaderMap()]).toEqual([]);
  });

  it("shares nothing with the HeaderMap it is made from", () => {
    const first = new HeaderMap({ a: "1" });
    const second = new HeaderMap(first);
    second.set("a", "2");
    second.append("b", "3");
    expect([...first]).toEqual([["a", "1"]]);
  });

  it("gives the values of a name each by itself", () => {
    const headers = new HeaderMap([
      ["a", "1"],
      ["b", "2"],
      ["A", "3, 4"],
    ]);
    expect(headers.getAll("a")).toEqual(["1", "3, 4"]);
    expect(headers.getAll("c")).toEqual([]);
  });

  it("joins the fields of a cookie with a semicolon", () => {
    const headers = headersFromRaw(["cookie", "a=1", "cookie", "b=2"]);
    expect(headers.get("cookie")).toBe("a=1; b=2");
  });

  it("replaces all values of a name where the first one stood", () => {
    const headers = new HeaderMap([
      ["a", "1"],
      ["b", "2"],
      ["a", "3"],
      ["a", "4"],
    ]);
    headers.set("A", "5");
    expect(headers.getAll("a")).toEqual(["5"]);
    expect(headers.get("b")).toBe("2");
  });

  it("deletes all values of a name", () => {
    const headers = new HeaderMap([
      ["a", "1"],
      ["a", "2"],
      ["b", "2"],
      ["a", "3"],
    ]);
    headers.delete("A");
    expect([...headers]).toEqual([["b", "2"]]);
    expect(headers.has("a")).toBe(false);
  });

  it("takes names that objects have of their own", () => {
    const headers = new HeaderMap();
    expect(headers.get("__proto__")).toBeNull();
    expect(headers.get("constructor")).toBeNull();
    headers.set("__proto__", "1");
    expect([...headers]).toEqual([["__proto__", "1"]]);
  });

  it("takes raw headers without HTTP/2's pseudo-headers", () => {
    const headers = headersFromRaw([":status", "200", "X-A", "1", "x-a", "2", "set-cookie", "a", "set-cookie", "b"]);
    expect([...headers]).toEqual([
      ["set-cookie", "a"],
      ["set-cookie", "b"],
      ["x-a", "1, 2"],
    ]);
    expect(headers.getSetCookie()).toEqual(["a", "b"]);
  });

  it.each(["", " ", "a b", "a:", "a\n", "é", "\u{1f600}", "(a)", ":path"])("refuses the name %j", (name) => {
    const headers = new HeaderMap();
    expect(() => headers.append(name, "1")).toThrow(TypeError);
    expect(() => headers.set(name, "1")).toThrow(TypeError);
    expect(headers.get(name)).toBeNull();
  });

  it.each(["a\r\nb: c", "a\0", "a\nb", "\u0100", "\u{1f600}", "\x1b[0m", "a\x7fb"])("refuses the value %j", (value) => {
    const headers = new HeaderMap({ a: "1" });
    expect(() => headers.append("a", value)).toThrow(/the value of header "a"/);
    expect(() => headers.set("a", value)).toThrow(TypeError);
    expect(headers.get("a")).toBe("1");
  });

  it("takes white space off both ends of a value, and only what HTTP calls so", () => {
    const headers = new HeaderMap({ a: " \t1 2\r\n ", b: "\u00a01" });
    expect(headers.get("a")).toBe("1 2");
    expect(headers.get("b")).toBe("\u00a01");
  });

  it("calls back for each pair with the map", () => {
    const headers = new HeaderMap({ b: "2", a: "1" });
    const seen: unknown[] = [];
    headers.forEach(function (this: unknown, value, name, parent) {
      seen.push([this, value, name, parent === headers]);
    }, "this");
    expect(seen).toEqual([
      ["this", "1", "a", true],
      ["this", "2", "b", true],
    ]);
  });

  it("carries bytes under -bin names", () => {
    const headers = new HeaderMap();
    headers.setBinary("x-bin", new Uint8Array([1, 2, 3, 255]));
    expect(headers.get("x-bin")).toBe("AQID/w");
    headers.appendBinary("X-Bin", new Uint8Array([]));
    headers.append("x-bin", "AQ==, Ag");
    expect(headers.getBinary("x-bin")).toEqual(new Uint8Array([1, 2, 3, 255]));
    expect(headers.getAllBinary("x-bin")).toEqual([[1, 2, 3, 255], [], [1], [2]].map((b) => new Uint8Array(b)));
    expect(headers.getBinary("y-bin")).toBeNull();
    expect(headers.getAllBinary("y-bin")).toEqual([]);
  });

  it("refuses bytes under other names and values that are no base64", () => {
    const headers = new HeaderMap({ "x-bin": "?" });
    expect(() => headers.setBinary("x", new Uint8Array())).toThrow(/must end in "-bin"/);
    expect(() => headers.appendBinary("x", new Uint8Array())).toThrow(TypeError);
    expect(() => headers.getBinary("x")).toThrow(TypeError);
    expect(() => headers.getBinary("x-bin")).toThrow(/not base64/);
  });
});

type Step = { readonly op: "append" | "set" | "delete" | "get" | "has"; readonly name: string; readonly value: string };

describe("HeaderMap beside the platform's Headers", () => {
  const name = fc.oneof(
    fc.constantFrom("a", "A", "b-c", "X-Y", "set-cookie", "Set-Cookie", "cookie", "__proto__", "content-type"),
    fc.string({ unit: fc.constantFrom(..."abAB-!~_:( é"), minLength: 0, maxLength: 3 }),
  );
  const value = fc.oneof(
    fc.string({ unit: fc.constantFrom(..."ab,;= \t\r\n\u00a0\u00ff"), maxLength: 6 }),
    fc.string({ unit: fc.constantFrom(..."a \u0100\0"), maxLength: 4 }),
  );
  const step: fc.Arbitrary<Step> = fc.record({
    op: fc.constantFrom("append", "set", "delete", "get", "has"),
    name,
    value,
  });

  it("does the same in any sequence of calls, but that it lets anybody ask for an illegal name", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const ours = new HeaderMap();
        const theirs = new Headers();
        for (const { op, name, value } of steps) {
          const [a, b] = [ours, theirs].map((headers) => {
            try {
              return op === "append" || op === "set" ? headers[op](name, value) : headers[op](name);
            } catch {
              return "threw";
            }
          });
          if (b !== "threw" || op === "append" || op === "set") expect(a).toEqual(b);
          else expect([undefined, null, false]).toContain(a);
        }
        expect([...ours]).toEqual([...theirs]);
        expect([...ours.keys()]).toEqual([...theirs.keys()]);
        expect([...ours.values()]).toEqual([...theirs.values()]);
        expect(ours.getSetCookie()).toEqual(theirs.getSetCookie());
        expect([...new HeaderMap(theirs)]).toEqual([...new Headers(ours)]);
      }),
      { numRuns: 500 },
    );
  });

  it("carries any bytes through setBinary and getBinary", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 4 }), (all) => {
        const headers = new HeaderMap();
        for (const bytes of all) headers.appendBinary("x-bin", bytes);
        expect(headers.getAllBinary("x-bin")).toEqual(all);
        // As a proxy may merge them.
        const merged = new HeaderMap([...headers]);
        expect(merged.getAllBinary("x-bin")).toEqual(all);
      }),
    );
  });
});

describe("a value that is no text", () => {
  it.each([[undefined], [null], [Promise.resolve("token")], [new Uint8Array(2)], [{}]])(
    "is refused, and the header named: %p",
    (value) => {
      const text = 'the value of header "authorization" must be of type string, not';
      expect(() => new HeaderMap({ authorization: value as never })).toThrow(text);
      expect(() => new HeaderMap([["authorization", value as never]])).toThrow(text);
      expect(() => new HeaderMap().set("authorization", value as never)).toThrow(text);
    },
  );

  it("may be a number or a list, as in what Node gives", () => {
    const headers = new HeaderMap({ "content-length": 5 as never, cookie: ["a=1", "b=2"] as never });
    expect([...headers]).toEqual([
      ["content-length", "5"],
      ["cookie", "a=1,b=2"],
    ]);
  });
});
