import type { HandlerContext } from "@connect-ts/runtime";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { MovableClock } from "../behaviour/clock.js";
import { combinations, connected, rejection, sleep, until, using } from "../behaviour/helpers.js";
import { createPingServiceClient, type PingServiceClient } from "../gen/src/ping/v1/ping_connect.js";

/** A handler that calls itself, with its own call as the parent, and waits for its signal in the innermost one. */
class Hops {
  client!: PingServiceClient;
  readonly timeouts: (number | undefined)[] = [];
  aborted = 0;
  ended = 0;

  readonly methods = {
    ping: async ({ number }: { readonly number: bigint }, context: HandlerContext): Promise<object> => {
      this.timeouts.push(context.timeoutMs());
      const aborted = new Promise<never>((_, reject) => {
        context.signal.addEventListener("abort", () => {
          this.aborted++;
          reject(context.signal.reason);
        });
      });
      aborted.catch(() => undefined);
      try {
        if (number === 0n) return {};
        if (number === 1n) return await aborted;
        return await this.client.ping({ number: number - 1n }, { parent: context });
      } finally {
        this.ended++;
      }
    },
  };
}

/** Longer than any test takes: these deadlines pass only when the clock is moved. */
const long = 60_000;
let clock: MovableClock;
beforeEach(() => {
  clock = new MovableClock();
});
afterEach(() => clock.restore());

describe.each(combinations)("deadlines, $name", (combination) => {
  it("the client's deadline ends the call on both sides", async () => {
    let left: number | undefined;
    let reason: unknown;
    const methods = {
      ping(_: unknown, context: HandlerContext) {
        const { signal } = context;
        return new Promise<never>((_, reject) => {
          signal.addEventListener("abort", () => {
            reason = signal.reason;
            reject(signal.reason);
          });
          left = context.timeoutMs();
        });
      },
    };
    await using(connected(combination, methods), async ({ client }) => {
      const call = rejection(client.ping({}, { timeoutMs: long }));
      await until(() => left !== undefined);
      clock.advance(long);
      expect(await call).toMatchObject({ code: "deadline_exceeded" });
      await until(() => reason !== undefined);
      expect(left).toBeLessThanOrEqual(long);
    });
  });

  it.each(["sum", "countUp", "cumSum"] as const)("%s ends at its deadline too", async (method) => {
    let begun = false;
    const stuck = (): Promise<never> => {
      begun = true;
      return new Promise(() => undefined);
    };
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
      const options = { timeoutMs: long };
      const calls = {
        sum: () => client.sum([], options),
        countUp: () => client.countUp({}, options)[Symbol.asyncIterator]().next(),
        cumSum: () => client.cumSum([], options)[Symbol.asyncIterator]().next(),
      };
      const call = rejection(calls[method]());
      await until(() => begun);
      clock.advance(long);
      expect(await call).toMatchObject({ code: "deadline_exceeded" });
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
    const options = { maxTimeoutMs: long, onError: (error: unknown) => reports.push(error) };
    await using(connected(combination, methods, options), async ({ client }) => {
      const call = rejection(client.ping({}));
      await until(() => left !== undefined);
      clock.advance(long);
      expect(await call).toMatchObject({ code: "deadline_exceeded", isRemote: true });
      expect(left).toBeGreaterThan(0);
      await until(() => {
        clock.advance(1000);
        return reports.length > 0;
      });
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

  it("a parent's deadline holds for the calls made for it, over three hops", async () => {
    const hops = new Hops();
    await using(connected(combination, hops.methods, { onError: () => undefined }), async ({ client }) => {
      hops.client = client;
      const call = rejection(client.ping({ number: 3n }, { timeoutMs: long }));
      await until(() => hops.timeouts.length === 3);
      clock.advance(long);
      expect(await call).toMatchObject({ code: "deadline_exceeded" });
      for (const timeoutMs of hops.timeouts) expect(timeoutMs).toBeLessThanOrEqual(long);
      // Not all by their signals: the deadline of an inner call may fire first, and its handler ends by that.
      await until(() => hops.ended === 3);
    });
  });

  it("a parent's cancellation holds for the calls made for it, over three hops", async () => {
    const hops = new Hops();
    await using(connected(combination, hops.methods, { onError: () => undefined }), async ({ client }) => {
      hops.client = client;
      const controller = new AbortController();
      const call = rejection(client.ping({ number: 3n }, { signal: controller.signal }));
      await until(() => hops.timeouts.length === 3);
      controller.abort();
      expect(await call).toMatchObject({ code: "canceled" });
      await until(() => hops.ended === 3);
      expect(hops.aborted).toBe(3);
    });
  });

  it("a client's own default deadline holds where a call has none", async () => {
    let begun = 0;
    const methods = {
      async ping({ number, delayMs }: { readonly number: bigint; readonly delayMs: number }) {
        begun++;
        await sleep(delayMs);
        return { number };
      },
    };
    await using(connected(combination, methods), async ({ transport }) => {
      const client = createPingServiceClient(transport(), { timeoutMs: long });
      const call = rejection(client.ping({ delayMs: 10 }));
      await until(() => begun === 1);
      clock.advance(long);
      expect(await call).toMatchObject({ code: "deadline_exceeded" });
      const another = client.ping({ number: 1n, delayMs: 10 }, { timeoutMs: 3 * long });
      await until(() => begun === 2);
      clock.advance(long);
      expect((await another).number).toBe(1n);
    });
  });
});
