import type { Interceptor } from "@connect-ts/runtime";
import { describe, expect, it } from "@jest/globals";
import { createPingServiceClient } from "../gen/src/ping/v1/ping_connect.js";
import { combinations, connected, rejection, until, using } from "./helpers.js";

/** As one that waits for its turn: it leaves when nobody waits for the call any more. */
const givesUp: Interceptor = async (call, next) => {
  if (!call.signal.aborted) {
    await new Promise<void>((resolve) => call.signal.addEventListener("abort", () => resolve()));
  }
  if (!call.signal.aborted) await next();
};

/** A call of each kind with one response message, which is where a hook sees the end come. */
const single = ["ping", "sum"] as const;

describe.each(combinations)("a call that is canceled while interceptors have it, $name", (combination) => {
  it("is canceled for its caller, and no misuse, when one gives up on a client", async () => {
    await using(connected(combination), async ({ transport }) => {
      const client = createPingServiceClient(transport(), { interceptors: [givesUp] });
      expect((await rejection(client.ping({}, { timeoutMs: 1 }))).code).toBe("deadline_exceeded");
      const signal = AbortSignal.abort();
      expect((await rejection(client.ping({}, { signal }))).code).toBe("canceled");
      expect((await rejection(client.sum([], { signal }))).code).toBe("canceled");
      expect((await rejection(client.countUp({}, { signal })[Symbol.asyncIterator]().next())).code).toBe("canceled");
      expect((await rejection(client.cumSum([], { signal })[Symbol.asyncIterator]().next())).code).toBe("canceled");
    });
  });

  it("is nothing that onError hears of when one gives up on a handler", async () => {
    const told: unknown[] = [];
    const ended: unknown[] = [];
    let begun = 0;
    const seen: Interceptor = async (call, next) => {
      begun++;
      try {
        await next();
      } finally {
        ended.push(call.status);
      }
    };
    const onError = (error: unknown): number => told.push(error);
    await using(connected(combination, {}, { interceptors: [seen, givesUp], onError }), async ({ client }) => {
      for (const [count, method] of single.entries()) {
        const aborter = new AbortController();
        const options = { signal: aborter.signal };
        const call = method === "ping" ? client.ping({}, options) : client.sum([], options);
        const failed = rejection(call);
        await until(() => begun > count);
        aborter.abort();
        expect((await failed).code).toBe("canceled");
        await until(() => ended.length > count);
      }
      expect(told).toEqual([]);
    });
  });

  it.each(single)("fails though its answer came, when a hook cancels it: %s", async (method) => {
    await using(connected(combination), async ({ transport }) => {
      const aborter = new AbortController();
      const cancels: Interceptor = async (call, next) => {
        call.onResponse(() => aborter.abort());
        await next();
      };
      const client = createPingServiceClient(transport(), { interceptors: [cancels] });
      const options = { signal: aborter.signal };
      const call = method === "ping" ? client.ping({}, options) : client.sum([{ number: 1n }], options);
      expect((await rejection(call)).code).toBe("canceled");
    });
  });
});
