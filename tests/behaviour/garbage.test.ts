import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  type CallOptions,
  type ContextValues,
  createContextKey,
  createContextValues,
  type HandlerContext,
} from "@connect-ts/runtime";
import { describe, expect, it } from "@jest/globals";
import { combinations, connected, using } from "./helpers.js";

setFlagsFromString("--expose-gc");
// Where objects of a place in the code outlived collections, V8 makes further ones of it old from the start: how many depends on the moments of collections.
setFlagsFromString("--no-allocation-site-pretenuring");
const gc = runInNewContext("gc") as (options?: { readonly type: "minor" }) => void;

const bytes = 64 * 1024;
const calls = 24;
/** Stands for the messages of a call: it goes where the call's own objects go. */
const ballast = createContextKey<Uint8Array>(new Uint8Array(0));

function load(values: ContextValues): ContextValues {
  values.set(ballast, new Uint8Array(bytes));
  return values;
}

/** Options of a call on the client's side. */
function loaded(): CallOptions {
  return { values: load(createContextValues()) };
}

/** Time for the calls of a moment ago to be over to their last callback. */
function settle(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(() => setImmediate(resolve), ms));
}

/** Memory of arrays after a collection. V8 gives it back in a thread of its own, which the next collection waits for. */
async function held(collect: () => void, ms: number): Promise<number> {
  await settle(ms);
  collect();
  // What survived one collection of young objects is old after the second, dead or not.
  await settle(ms);
  gc({ type: "minor" });
  await settle(ms);
  return process.memoryUsage().arrayBuffers;
}

/** How many calls' worth of memory is left by `run` to a full collection. */
async function leftBy(run: () => Promise<unknown>): Promise<number> {
  // What is compiled and connected at first stays.
  for (let i = 0; i < calls; i++) await run();
  let least = Number.POSITIVE_INFINITY;
  // A collection that comes by itself makes those calls old that are open just then; a busy machine needs longer waits.
  for (let ms = 2; ms < 300 && least > calls / 2; ms *= 2) {
    const before = await held(() => gc(), ms);
    for (let i = 0; i < calls / 4; i++) await Promise.all([run(), run(), run(), run()]);
    const after = await held(() => gc({ type: "minor" }), ms);
    least = Math.min(least, (after - before) / bytes);
  }
  return least;
}

// What a full collection has to take is dear: it looks at the whole heap, and large messages make for many of them.
describe.each(combinations)("what calls leave behind is taken with the young objects, $name", (combination) => {
  it("unary calls", async () => {
    const methods = {
      ping(_: unknown, context: HandlerContext) {
        load(context.values);
        return {};
      },
    };
    await using(connected(combination, methods), async ({ client }) => {
      expect(await leftBy(async () => await client.ping({}, loaded()))).toBeLessThanOrEqual(calls / 2);
    });
  });

  it("calls with a stream of responses", async () => {
    const methods = {
      async *countUp(_: unknown, context: HandlerContext) {
        load(context.values);
        yield { number: 1n };
      },
    };
    await using(connected(combination, methods), async ({ client }) => {
      const run = async (): Promise<void> => {
        for await (const { number } of client.countUp({ number: 1n }, loaded())) expect(number).toBe(1n);
      };
      expect(await leftBy(run)).toBeLessThanOrEqual(calls / 2);
    });
  });

  it("calls with a stream of requests", async () => {
    const methods = {
      async sum(requests: AsyncIterable<{ readonly number: bigint }>, context: HandlerContext) {
        load(context.values);
        let sum = 0n;
        for await (const { number } of requests) sum += number;
        return { sum };
      },
    };
    await using(connected(combination, methods), async ({ client }) => {
      expect(await leftBy(async () => await client.sum([{ number: 1n }], loaded()))).toBeLessThanOrEqual(calls / 2);
    });
  });
});
