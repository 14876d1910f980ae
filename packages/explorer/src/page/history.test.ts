import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type Entry, forget, maxEntries, readHistory, remember } from "./history.js";

const kept = new Map<string, string>();
let isFull = false;
const storage = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem(key: string, value: string) {
    if (isFull) throw new Error("QuotaExceededError");
    kept.set(key, value);
  },
};

beforeEach(() => {
  kept.clear();
  isFull = false;
  Object.assign(globalThis, { localStorage: storage });
});
afterEach(() => {
  Reflect.deleteProperty(globalThis, "localStorage");
});

const entry = (number: number, more: Partial<Entry> = {}): Entry => ({
  procedure: "/acme.v1.Shop/Buy",
  messages: [`{"itemCount":${number}}`],
  headers: [],
  at: number,
  status: "ok",
  ms: 1,
  ...more,
});

describe("the history", () => {
  it("has the newest call first, and one of several that are the same", () => {
    for (const number of [1, 2, 1]) remember(entry(number));
    expect(readHistory().map(({ messages }) => messages[0])).toEqual(['{"itemCount":1}', '{"itemCount":2}']);
    forget();
    expect(readHistory()).toEqual([]);
  });

  it("has an end", () => {
    for (let number = 0; number < maxEntries + 5; number++) remember(entry(number));
    expect(readHistory()).toHaveLength(maxEntries);
    expect(readHistory()[0]?.at).toBe(maxEntries + 4);
    const large = "x".repeat(40_000);
    for (let number = 0; number < 20; number++) remember(entry(number, { messages: [`${number}${large}`] }));
    expect([...kept.values()].join("").length).toBeLessThan(510_000);
    remember(entry(99, { messages: ["x".repeat(60_000)] }));
    expect(readHistory()[0]?.at).toBe(19);
  });

  it("has no secrets", () => {
    const headers = [
      ["authorization", "Bearer 1"],
      ["x-api-key", "k"],
      ["x-session-id", "s"],
      ["x-tenant", "acme"],
    ] as const;
    remember(entry(1, { headers }));
    expect(readHistory()[0]?.headers).toEqual([
      ["authorization", ""],
      ["x-api-key", ""],
      ["x-session-id", ""],
      ["x-tenant", "acme"],
    ]);
  });

  it.each(["{", "null", '{"a":1}', '[1,null,{"procedure":3}]'])("is empty where %s is kept", (text) => {
    kept.set("connect-ts.explorer.history", text);
    expect(readHistory()).toEqual([]);
  });

  it("is not needed", () => {
    isFull = true;
    remember(entry(1));
    expect(readHistory()).toEqual([]);
    Reflect.deleteProperty(globalThis, "localStorage");
    remember(entry(1));
    expect(readHistory()).toEqual([]);
  });
});
