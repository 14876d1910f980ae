import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { createHealth, type Health } from "./health.js";
import type { HealthCheck } from "./health-check.js";

const shop = "acme.v1.Shop";
let health: Health | undefined;
let failures: [string, string][];

beforeEach(() => {
  jest.useFakeTimers();
  failures = [];
});
afterEach(() => {
  health?.close();
  jest.useRealTimers();
});

function checked(check: HealthCheck | HealthCheck["check"]): Health {
  health = createHealth({
    checks: { [shop]: check },
    onFailure: (error, service) => failures.push([service, String(error)]),
  });
  return health;
}

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

describe("a check", () => {
  it("decides how its service is, at once and after each period", async () => {
    let good = true;
    const { get } = checked({ check: async () => good, periodMs: 500 });
    expect(get(shop)).toBe("unknown");
    await pass(0);
    expect(get(shop)).toBe("serving");
    good = false;
    await pass(499);
    expect(get(shop)).toBe("serving");
    await pass(1);
    expect(get(shop)).toBe("not_serving");
    good = true;
    await pass(500);
    expect(get(shop)).toBe("serving");
    expect(get("")).toBe("serving");
  });

  it.each<[string, HealthCheck["check"], string]>([
    ["resolves to false", () => Promise.resolve(false), "Error: the check said no"],
    ["returns false", () => false, "Error: the check said no"],
    ["rejects", () => Promise.reject(new Error("no database")), "Error: no database"],
    [
      "throws",
      () => {
        throw new Error("no database");
      },
      "Error: no database",
    ],
    ["throws undefined", () => Promise.reject(undefined), "undefined"],
  ])("that %s takes its service down, and says why once", async (_, check, reason) => {
    const { get } = checked({ check, periodMs: 10 });
    await pass(35);
    expect(get(shop)).toBe("not_serving");
    expect(failures).toEqual([[shop, reason]]);
  });

  it("that resolves to nothing is good", async () => {
    const { get } = checked(async () => {});
    await pass(0);
    expect(get(shop)).toBe("serving");
  });

  it("has so much time, then its signal aborts and the service is down", async () => {
    let given: AbortSignal | undefined;
    const { get } = checked({
      check: (signal) => {
        given = signal;
        return new Promise<void>(() => {});
      },
      timeoutMs: 300,
      periodMs: 1_000,
    });
    await pass(299);
    expect([get(shop), given?.aborted]).toEqual(["unknown", false]);
    await pass(1);
    expect([get(shop), given?.aborted]).toEqual(["not_serving", true]);
    expect(failures).toEqual([[shop, "Error: not done after 300 ms"]]);
  });

  it("runs by default every 10 seconds, for a second at most", async () => {
    let runs = 0;
    checked(() => {
      runs++;
      return new Promise<void>(() => {});
    });
    await pass(10_999);
    expect([runs, failures.length]).toEqual([1, 1]);
    await pass(1);
    expect(runs).toBe(2);
  });

  it("says again why it failed when the service was up in between", async () => {
    const results = [false, true, false];
    checked({ check: () => results.shift() ?? true, periodMs: 10 });
    await pass(50);
    expect(failures).toHaveLength(2);
  });

  it("ends with close(), its signal too", async () => {
    let runs = 0;
    let given: AbortSignal | undefined;
    const { close, get } = checked({
      check: (signal) => {
        runs++;
        given = signal;
        return runs === 1 ? true : new Promise<void>(() => {});
      },
      periodMs: 10,
    });
    await pass(15);
    close();
    await pass(5_000);
    expect([runs, given?.aborted, get(shop), failures]).toEqual([2, true, "serving", []]);
  });

  it("decides alone: set() of its service throws", () => {
    const { set } = checked(() => true);
    expect(() => set(shop, "serving")).toThrow(new TypeError(`a check decides how "${shop}" is: it cannot be set`));
  });
});

it.each(["periodMs", "timeoutMs"] as const)("a bad %s of a check is refused", (name) => {
  for (const value of [0, -1, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY]) {
    expect(() => checked({ check: () => true, [name]: value })).toThrow(
      new RangeError(
        `${name} of the check of "${shop}" must be from 1 to 2147483647 milliseconds, and ${value} is not`,
      ),
    );
  }
  expect(() => checked({} as HealthCheck)).toThrow(
    new TypeError(`the check of "${shop}" must have a function "check"`),
  );
});
