import type { ConnectError, HandlerContext } from "@connect-ts/runtime";
import { describe, expect, it } from "@jest/globals";
import { combinations, connected, rejection, sleep, until, using } from "../behaviour/helpers.js";
import { createPingServiceClient } from "../gen/src/ping/v1/ping_connect.js";

/** A promise in milliseconds, with room for a machine that does other work too. */
const promised = (ms: number): number => ms + 4_950;

/** How a client leaves a stream early. */
const exits: readonly { readonly name: string; leave(stream: AsyncIterable<unknown>): Promise<void> }[] = [
  {
    name: "break",
    async leave(stream) {
      for await (const _ of stream) break;
    },
  },
  {
    name: "return",
    async leave(stream) {
      await (async () => {
        for await (const message of stream) return message;
        return undefined;
      })();
    },
  },
  {
    name: "a throw in the loop",
    async leave(stream) {
      const loop = (async () => {
        for await (const _ of stream) throw new RangeError("enough");
      })();
      await expect(loop).rejects.toThrow("enough");
    },
  },
  {
    name: "await using",
    async leave(stream) {
      await using open = stream as AsyncIterable<unknown> & AsyncDisposable;
      expect((await open[Symbol.asyncIterator]().next()).done).toBe(false);
    },
  },
];

interface Seen {
  reason: ConnectError | undefined;
  finished: boolean;
}

function watch(context: HandlerContext): Seen {
  const seen: Seen = { reason: undefined, finished: false };
  context.signal.addEventListener("abort", () => {
    seen.reason = context.signal.reason as ConnectError;
  });
  return seen;
}

describe.each(combinations)("leaving a stream early, $name", (combination) => {
  it.each(exits)("$name aborts the handler's signal, and ends a generator that is suspended at yield", async (exit) => {
    let seen: Seen | undefined;
    const methods = {
      async *countUp(_: unknown, context: HandlerContext) {
        seen = watch(context);
        try {
          // More than any buffer holds: it ends suspended at yield.
          for (let i = 0n; ; i++) yield { number: i, padding: new Uint8Array(64 * 1024) };
        } finally {
          seen.finished = true;
        }
      },
    };
    await using(connected(combination, methods), async ({ client }) => {
      await exit.leave(client.countUp({}));
      await until(() => seen?.finished === true && seen.reason !== undefined);
      expect(seen?.reason?.code).toBe("canceled");
    });
  });

  it("a generator that awaits something tied to context.signal runs its finally within 50 ms", async () => {
    let seen: Seen | undefined;
    const methods = {
      async *countUp(_: unknown, context: HandlerContext) {
        seen = watch(context);
        try {
          yield { number: 1n };
          await new Promise((_, reject) =>
            context.signal.addEventListener("abort", () => reject(context.signal.reason)),
          );
        } finally {
          seen.finished = true;
        }
      },
    };
    await using(connected(combination, methods), async ({ client }) => {
      for await (const { number } of client.countUp({})) {
        expect(number).toBe(1n);
        break;
      }
      await until(() => seen?.reason !== undefined);
      expect(await until(() => seen?.finished === true)).toBeLessThan(promised(50));
    });
  });

  if (combination.pair.fullDuplex) {
    it("a generator that reads requests runs its finally within 50 ms, and its iterator throws canceled", async () => {
      let seen: Seen | undefined;
      let thrown: unknown;
      const methods = {
        async *cumSum(requests: AsyncIterable<{ readonly number: bigint }>, context: HandlerContext) {
          seen = watch(context);
          try {
            for await (const { number } of requests) yield { sum: number };
          } catch (error) {
            thrown = error;
            throw error;
          } finally {
            seen.finished = true;
          }
        },
      };
      await using(connected(combination, methods), async ({ client }) => {
        const stream = client.cumSum();
        await stream.send({ number: 1n });
        for await (const { sum } of stream) {
          expect(sum).toBe(1n);
          break;
        }
        await until(() => seen?.reason !== undefined);
        expect(await until(() => seen?.finished === true)).toBeLessThan(promised(50));
        expect(thrown).toMatchObject({ code: "canceled" });
      });
    });
  }

  it("a handler that ignores its signal is reported to onError, and the call still ends at once", async () => {
    const reports: unknown[] = [];
    let release!: () => void;
    const stuck = new Promise<void>((resolve) => {
      release = resolve;
    });
    const methods = {
      async *countUp() {
        yield { number: 1n };
        await stuck;
      },
    };
    const options = { onError: (error: unknown) => reports.push(error) };
    await using(connected(combination, methods, options), async ({ client }) => {
      const start = performance.now();
      for await (const _ of client.countUp({})) break;
      expect(performance.now() - start).toBeLessThan(30_000);
      await until(() => reports.length > 0);
      expect(String(reports[0])).toContain("still runs");
      release();
    });
  });

  it("a local abort is canceled, for all who wait", async () => {
    await using(connected(combination), async ({ client }) => {
      const controller = new AbortController();
      const unary = client.ping({ delayMs: 10_000 }, { signal: controller.signal });
      const stream = client.sum({ signal: controller.signal });
      await stream.send({ number: 1n });
      setTimeout(() => controller.abort(), 20);
      expect(await rejection(unary)).toMatchObject({ code: "canceled", isRemote: false });
      expect(await rejection(stream.response)).toMatchObject({ code: "canceled" });
      expect(await rejection(stream.send({ number: 2n }))).toMatchObject({ code: "canceled" });
    });
  });

  it("a signal that has aborted before the call keeps it from being made", async () => {
    let calls = 0;
    const methods = {
      ping() {
        calls++;
        return {};
      },
    };
    await using(connected(combination, methods), async ({ client }) => {
      expect(await rejection(client.ping({}, { signal: AbortSignal.abort() }))).toMatchObject({ code: "canceled" });
      expect(await rejection(client.countUp({}, { signal: AbortSignal.abort() }).headers)).toMatchObject({
        code: "canceled",
      });
      await sleep(20);
      expect(calls).toBe(0);
    });
  });

  it("cancel() on a unary call reaches the handler", async () => {
    let seen: Seen | undefined;
    const methods = {
      async ping(_: unknown, context: HandlerContext) {
        seen = watch(context);
        await new Promise((_, reject) => context.signal.addEventListener("abort", () => reject(context.signal.reason)));
        return {};
      },
    };
    await using(connected(combination, methods), async ({ client }) => {
      const call = client.ping({});
      await until(() => seen !== undefined);
      call.cancel();
      expect(await rejection(call)).toMatchObject({ code: "canceled" });
      await until(() => seen?.reason !== undefined);
    });
  });
});

it.each(combinations)(
  "a call with interceptors never ends well before its last message was read, $name",
  (combination) =>
    using(connected(combination), async ({ transport }) => {
      const client = createPingServiceClient(transport(), { interceptors: [(_, next) => next()] });
      const controller = new AbortController();
      const reader = client.countUp({ number: 2n }, { signal: controller.signal })[Symbol.asyncIterator]();
      await reader.next();
      // By now the response has come to its end.
      await sleep(15);
      controller.abort();
      await sleep(1);
      const read = async (): Promise<void> => {
        while ((await reader.next()).done !== true);
      };
      expect((await rejection(read())).code).toBe("canceled");
    }),
);
