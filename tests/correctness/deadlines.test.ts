import type { HandlerContext } from "@connect-ts/runtime";
import { describe, expect, it } from "@jest/globals";
import { combinations, connected, rejection, sleep, until, using } from "../behaviour/helpers.js";
import { createPingServiceClient } from "../gen/src/ping/v1/ping_connect.js";

describe.each(combinations)("deadlines, $name", (combination) => {
  it("the client's deadline ends the call on both sides", async () => {
    let reason: unknown;
    const methods = {
      async ping(_: unknown, context: HandlerContext) {
        context.signal.addEventListener("abort", () => {
          reason = context.signal.reason;
        });
        expect(context.timeoutMs()).toBeLessThanOrEqual(400);
        await new Promise((_, reject) => context.signal.addEventListener("abort", () => reject(context.signal.reason)));
        return {};
      },
    };
    await using(connected(combination, methods), async ({ client }) => {
      const start = performance.now();
      expect(await rejection(client.ping({}, { timeoutMs: 400 }))).toMatchObject({ code: "deadline_exceeded" });
      expect(performance.now() - start).toBeLessThan(3000);
      await until(() => reason !== undefined);
    });
  });

  it.each(["sum", "countUp", "cumSum"] as const)("%s ends at its deadline too", async (method) => {
    const stuck = () => new Promise<never>(() => undefined);
    const methods = {
      sum: stuck,
      async *countUp() {
        yield await stuck();
      },
      async *cumSum() {
        yield await stuck();
      },
    };
    await using(connected(combination, methods, { onError: () => undefined }), async ({ client }) => {
      const options = { timeoutMs: 80 };
      const start = performance.now();
      const calls = {
        sum: () => client.sum([], options),
        countUp: () => client.countUp({}, options)[Symbol.asyncIterator]().next(),
        cumSum: () => client.cumSum([], options)[Symbol.asyncIterator]().next(),
      };
      expect(await rejection(calls[method]())).toMatchObject({ code: "deadline_exceeded" });
      expect(performance.now() - start).toBeLessThan(3000);
    });
  });

  it("the handler's side answers at the deadline, though the handler ignores its signal", async () => {
    let left: number | undefined;
    const reports: unknown[] = [];
    let release!: () => void;
    const stuck = new Promise<void>((resolve) => {
      release = resolve;
    });
    const methods = {
      async ping(_: unknown, context: HandlerContext) {
        left = context.timeoutMs();
        await stuck;
        return {};
      },
    };
    // The deadline is the server's: the client knows nothing of it.
    const options = { maxTimeoutMs: 300, onError: (error: unknown) => reports.push(error) };
    await using(connected(combination, methods, options), async ({ client }) => {
      const start = performance.now();
      expect(await rejection(client.ping({}))).toMatchObject({ code: "deadline_exceeded", isRemote: true });
      expect(performance.now() - start).toBeLessThan(3000);
      expect(left).toBeGreaterThan(0);
      await until(() => reports.length > 0);
      release();
    });
  });

  it("an expired call is not run", async () => {
    let calls = 0;
    const methods = {
      ping() {
        calls++;
        return {};
      },
    };
    await using(connected(combination, methods), async ({ client }) => {
      for (const timeoutMs of [0, -5]) {
        expect(await rejection(client.ping({}, { timeoutMs }))).toMatchObject({ code: "deadline_exceeded" });
      }
      await sleep(10);
      expect(calls).toBe(0);
    });
  });

  it.each([2 ** 31 - 1, 2 ** 31, 2 ** 32 + 5, 1e12, 1e15, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY])(
    "a timeout of %d ms does not overflow",
    async (timeoutMs) => {
      await using(connected(combination), async ({ client }) => {
        expect((await client.ping({ number: 1n, delayMs: 5 }, { timeoutMs })).number).toBe(1n);
      });
    },
  );

  it("a parent's deadline and cancellation hold for the calls made for it, over three hops", async () => {
    const seen: number[] = [];
    let canceled = 0;
    let hop: (depth: bigint, context: HandlerContext) => Promise<object> = async () => ({});
    const methods = {
      async ping({ number }: { readonly number: bigint }, context: HandlerContext) {
        seen.push(context.timeoutMs() ?? Number.NaN);
        context.signal.addEventListener("abort", () => canceled++);
        return hop(number, context);
      },
    };
    await using(connected(combination, methods, { onError: () => undefined }), async ({ client }) => {
      hop = async (depth, context) => {
        if (depth > 1n) return await client.ping({ number: depth - 1n }, { parent: context });
        return new Promise<never>(() => undefined);
      };
      expect(await rejection(client.ping({ number: 3n }, { timeoutMs: 600 }))).toMatchObject({
        code: "deadline_exceeded",
      });
      expect(seen).toHaveLength(3);
      expect(Math.max(...seen)).toBeLessThanOrEqual(600);
      await until(() => canceled === 3);
    });
  });

  it("a client's own default deadline holds where a call has none", async () => {
    await using(connected(combination), async ({ transport }) => {
      const client = createPingServiceClient(transport(), { timeoutMs: 50 });
      expect(await rejection(client.ping({ delayMs: 5000 }))).toMatchObject({ code: "deadline_exceeded" });
      expect((await client.ping({ number: 1n, delayMs: 80 }, { timeoutMs: 5000 })).number).toBe(1n);
    });
  });
});
