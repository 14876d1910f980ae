import { EventEmitter, on } from "node:events";
import type { HandlerOptions } from "@connect-ts/runtime";
import { describe, expect, it } from "@jest/globals";
import { combinations, connected, rejection, until, using } from "../behaviour/helpers.js";
import type { PingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";

const passing: HandlerOptions = { interceptors: [(_, next) => next()] };
const hosts = combinations.filter(({ pair }) => !pair.name.includes("TLS"));

describe.each(hosts)("clients that leave, $name", (combination) => {
  it.each([{}, passing])("leave no subscription of a handler behind, %p", async (options) => {
    const emitter = new EventEmitter();
    emitter.setMaxListeners(100);
    const methods: Partial<PingServiceHandler> = {
      // An iterator of one's own, whose next() is pending.
      countUp: () => {
        const events = on(emitter, "count");
        return {
          [Symbol.asyncIterator]: () => ({
            next: async () => {
              const { done, value } = await events.next();
              return done === true
                ? { done, value: undefined }
                : { done: false, value: { number: value[0] as bigint } };
            },
            return: async () => {
              await events.return?.();
              return { done: true, value: undefined };
            },
          }),
        };
      },
    };
    await using(connected(combination, methods, options), async ({ client }) => {
      const streams = Array.from({ length: 35 }, () => client.countUp({}));
      await until(() => emitter.listenerCount("count") === 35);
      for (const stream of streams) stream.cancel();
      await until(() => emitter.listenerCount("count") === 0, 2000);
    });
  });

  it("do not fill the log: 200 slow handlers are told of once", async () => {
    const reports: unknown[] = [];
    let running = 0;
    let release: () => void = () => undefined;
    const stuck = new Promise<void>((resolve) => {
      release = resolve;
    });
    const methods: Partial<PingServiceHandler> = {
      async ping() {
        running++;
        await stuck;
        return {};
      },
    };
    const onError = (error: unknown) => void reports.push(error);
    await using(connected(combination, methods, { onError }), async ({ client }) => {
      const calls = Array.from({ length: 200 }, () => client.ping({}));
      await until(() => running === 200);
      for (const call of calls) call.cancel();
      await Promise.all(calls.map(rejection));
      await until(() => reports.length > 0);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(reports).toHaveLength(1);
      expect(String(reports[0])).toContain("still runs 100 ms after its call ended");
      release();
    });
  });
});
