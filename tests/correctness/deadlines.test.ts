import type { HandlerContext } from "@connect-ts/runtime";
import { describe, expect, it } from "@jest/globals";
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

  it("a parent's deadline holds for the calls made for it, over three hops", async () => {
    const hops = new Hops();
    await using(connected(combination, hops.methods, { onError: () => undefined }), async ({ client }) => {
      hops.client = client;
      // The connection is there when the clock starts.
      await client.ping({ number: 0n }, { timeoutMs: 30_000 });
      expect(await rejection(client.ping({ number: 3n }, { timeoutMs: 1000 }))).toMatchObject({
        code: "deadline_exceeded",
      });
      expect(hops.timeouts).toHaveLength(4);
      for (const timeoutMs of hops.timeouts.slice(1)) expect(timeoutMs).toBeLessThanOrEqual(1000);
      // Not all by their signals: the deadline of an inner call may fire first, and its handler ends by that.
      await until(() => hops.ended === 4);
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
    await using(connected(combination), async ({ transport }) => {
      const client = createPingServiceClient(transport(), { timeoutMs: 50 });
      expect(await rejection(client.ping({ delayMs: 5000 }))).toMatchObject({ code: "deadline_exceeded" });
      expect((await client.ping({ number: 1n, delayMs: 80 }, { timeoutMs: 5000 })).number).toBe(1n);
    });
  });
});
