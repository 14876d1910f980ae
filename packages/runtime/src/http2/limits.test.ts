import { describe, expect, test } from "@jest/globals";
import { countersOf, type Limits, limitsOf, limitTable, RateCounter } from "./limits.js";

describe("a rate", () => {
  test("lets its burst pass at once, and no more", () => {
    const counter = new RateCounter({ burst: 3, perSecond: 1 }, 0);
    expect([1, 2, 3, 4].map(() => counter.add(0))).toEqual([true, true, true, false]);
    expect(counter.total).toBe(4);
  });

  test("never ends a connection that stays below it, however long it lives", () => {
    const counter = new RateCounter({ burst: 10, perSecond: 10 }, 0);
    let refused = 0;
    for (let ms = 0; ms < 3_600_000; ms += 100) if (!counter.add(ms)) refused++;
    expect(refused).toBe(0);
  });

  test("lets at most twice its burst pass after a quiet time", () => {
    const counter = new RateCounter({ burst: 10, perSecond: 1 }, 0);
    let passed = 0;
    for (let i = 0; i < 100; i++) if (counter.add(1_000_000)) passed++;
    expect(passed).toBeLessThanOrEqual(20);
  });

  test("forgets what was paid for", () => {
    const counter = new RateCounter({ burst: 2, perSecond: 0 }, 0);
    for (let i = 0; i < 100; i++) {
      expect(counter.add(0)).toBe(true);
      counter.pay(3);
    }
  });

  test("tells when half of it is spent", () => {
    const counter = new RateCounter({ burst: 4, perSecond: 1 }, 0);
    counter.add(0);
    expect(counter.halfSpent(0)).toBe(false);
    counter.add(0);
    expect(counter.halfSpent(0)).toBe(true);
    expect(counter.halfSpent(1000)).toBe(false);
  });
});

describe("limits", () => {
  test("are those of the table, and what is given in their place", () => {
    const limits = limitsOf({ maxHeaderPairs: 10, pings: { burst: 1, perSecond: 2 } });
    expect(limits).toMatchObject({ maxHeaderPairs: 10, pings: { burst: 1, perSecond: 2 }, maxHeaderBytes: 16_384 });
    expect(Object.keys(limits)).toEqual(Object.keys(limitTable));
  });

  test("on header blocks are no lower than the one on header lists, unless they are given", () => {
    const blocks = (given: Partial<Limits>): unknown[] => {
      const { maxHeaderBlockBytes, maxContinuations } = limitsOf(given);
      return [maxHeaderBlockBytes, maxContinuations];
    };
    expect(blocks({})).toEqual([65_536, 32]);
    expect(blocks({ maxHeaderBytes: 1_000_000 })).toEqual([1_000_000, 62]);
    expect(blocks({ maxHeaderBytes: 1_000_000, maxHeaderBlockBytes: 5, maxContinuations: 6 })).toEqual([5, 6]);
  });

  test("each name what they are for", () => {
    for (const row of Object.values(limitTable)) {
      expect([row.attack, row.unit].every((text) => text !== "")).toBe(true);
      expect(row.code).toBe(11);
    }
  });

  test.each<[string, object]>([
    ['there is no HTTP/2 limit "pongs"', { pongs: 1 }],
    ['there is no HTTP/2 limit "toString"', { toString: 1 }],
    ['the HTTP/2 limit "pings" is a rate: { burst, perSecond }', { pings: 5 }],
    ['the HTTP/2 limit "pings" is a rate: { burst, perSecond }', { pings: { burst: 0, perSecond: 1 } }],
    ['the HTTP/2 limit "maxHeaderBytes" is a positive number', { maxHeaderBytes: Number.NaN }],
    ['the HTTP/2 limit "maxHeaderBytes" is a positive number', { maxHeaderBytes: { burst: 1, perSecond: 1 } }],
  ])("%s", (message, given) => {
    expect(() => limitsOf(given as Partial<Limits>)).toThrow(new TypeError(message));
  });

  test("that an object has of its class are taken, and what is undefined is not", () => {
    class Few {
      readonly pings = undefined;
      get maxHeaderPairs(): number {
        return 10;
      }
    }
    expect(limitsOf(new Few() as object)).toEqual({ ...limitsOf(), maxHeaderPairs: 10 });
  });

  test("that are rates have counters", () => {
    const counters = countersOf(limitsOf(), 0);
    expect(Object.keys(counters)).toContain("pings");
    expect(Object.keys(counters)).not.toContain("maxHeaderBytes");
  });
});
