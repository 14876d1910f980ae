import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Interceptor } from "../call/interceptor.js";
import type { Kind } from "../call/spec.js";
import { ConnectError } from "../error/connect-error.js";
import { type FakeCall, type FakeService, serving, type Text } from "../testing/handler-fixtures.js";
import { ManualTime, settled } from "../testing/manual-time.js";
import type { HandlerCall } from "./handler-call.js";
import type { HandlerContext } from "./types.js";

let time: ManualTime;
beforeEach(() => {
  time = new ManualTime();
});
afterEach(() => time.restore());

const kinds: readonly Kind[] = ["unary", "client_streaming", "server_streaming", "bidi_streaming"];
const single = (kind: Kind): boolean => kind === "unary" || kind === "client_streaming";
const streamsRequests = (kind: Kind): boolean => kind === "client_streaming" || kind === "bidi_streaming";

/** How an interceptor ends a call whose `next()` it began and does not wait for, and what the client gets. */
const ends: readonly (readonly [how: string, kinds: readonly Kind[], end: Interceptor, status: string])[] = [
  ["answers", kinds.filter(single), async (call) => call.respond({ text: "b" }), "0"],
  [
    "throws",
    kinds,
    async () => {
      throw new ConnectError("aborted", "enough");
    },
    "10 enough",
  ],
  ["returns", kinds, async () => undefined, "13"],
];
const cases = ends.flatMap(([how, of, end, status]) => of.map((kind) => ({ how, kind, end, status })));

/** Begins `next()` and ends the call without it, after the first turns of the handler. */
const ending =
  (end: Interceptor): Interceptor =>
  async (call, next) => {
    void next();
    await settled();
    await end(call, next);
  };

describe.each(cases)("an interceptor that $how without awaiting next(): $kind", ({ kind, end, status }) => {
  const readAll = async (requests: AsyncIterable<Text>): Promise<void> => {
    for await (const _ of requests);
  };
  const handlers: { readonly [what: string]: (requests: AsyncIterable<Text>, context: HandlerContext) => unknown } = {
    ...(streamsRequests(kind) ? { "the request": readAll } : undefined),
    "its signal": (_, { signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  };

  /** A handler that notes how it ended. */
  function noting(wait: (requests: AsyncIterable<Text>, context: HandlerContext) => unknown) {
    const noted: unknown[] = [];
    const run = async (requests: never, context: HandlerContext) => {
      noted.push("began");
      try {
        await wait(requests, context);
        noted.push("ended");
      } catch (error) {
        noted.push(error);
        throw error;
      }
      return { text: "a" };
    };
    async function* stream(requests: never, context: HandlerContext): AsyncGenerator<Text> {
      yield await run(requests, context);
    }
    return { noted, handler: single(kind) ? run : stream };
  }

  const canceled = expect.objectContaining({ code: "canceled", rawMessage: "the call ended before its handler did" });
  const orphanTexts = (service: FakeService): unknown[] =>
    service.heard.filter((error) => /still runs/.test((error as Error).message));

  it.each(Object.keys(handlers))("ends a handler that waits for %s", async (what) => {
    const { noted, handler } = noting(handlers[what] as never);
    const service = serving(kind, handler, { interceptors: [ending(end)] });
    const call = service.call();
    // A request that is one message is complete, or the handler does not run; a stream's is not.
    if (streamsRequests(kind)) call.send("a");
    else call.sendAll("a");
    await settled();
    await settled();
    expect(call.stream.status).toBe(status);
    expect(noted).toEqual(["began", canceled]);
    await time.pass(1_000);
    expect([orphanTexts(service), (call.sink as HandlerCall).running]).toEqual([[], 0]);
  });

  it("ends a handler whose request does not come", async () => {
    const service = serving(kind, noting(readAll).handler, { interceptors: [ending(end)] });
    const call = service.call();
    await settled();
    await settled();
    expect([call.stream.status, (call.sink as HandlerCall).running]).toEqual([status, 0]);
  });

  it("runs no handler that an inner interceptor reaches after that", async () => {
    let go: (() => void) | undefined;
    let refused: unknown;
    const inner: Interceptor = async (call, next) => {
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      expect(call.signal.aborted).toBe(true);
      await next().catch((error: unknown) => {
        refused = error;
      });
    };
    const { noted, handler } = noting(() => undefined);
    const service = serving(kind, handler, { interceptors: [ending(end), inner] });
    const call: FakeCall = service.call();
    call.sendAll("a");
    await settled();
    await settled();
    expect(call.stream.status).toBe(status);
    go?.();
    await settled();
    expect([noted, refused]).toEqual([[], canceled]);
  });

  it("runs no handler when it calls next() after that", async () => {
    let late: (() => Promise<void>) | undefined;
    const { noted, handler } = noting(() => undefined);
    const interceptor: Interceptor = async (call, next) => {
      late = next;
      await end(call, next);
    };
    const call = serving(kind, handler, { interceptors: [interceptor] }).call();
    call.sendAll("a");
    await settled();
    expect(call.stream.status).toBe(status);
    await expect(late?.()).rejects.toThrow("next() cannot run the call: the call has ended");
    expect(noted).toEqual([]);
  });

  it("leaves a handler that goes on as an orphan, once", async () => {
    const { handler } = noting(() => new Promise(() => undefined));
    const service = serving(kind, handler, { interceptors: [ending(end)] });
    service.call().sendAll("a");
    await settled();
    await settled();
    expect(orphanTexts(service)).toEqual([]);
    await time.pass(100);
    expect(orphanTexts(service)).toHaveLength(1);
  });
});

describe.each(kinds.filter(streamsRequests))("a handler that ends while something reads on: %s", (kind) => {
  it("has told that reader, and its signal does not abort", async () => {
    let reading: Promise<unknown> | undefined;
    let signal: AbortSignal | undefined;
    const handler = (requests: AsyncIterable<Text>, context: HandlerContext): unknown => {
      signal = context.signal;
      reading = requests[Symbol.asyncIterator]()
        .next()
        .catch((error: unknown) => error);
      return single(kind) ? { text: "early" } : [{ text: "early" }];
    };
    const call = serving(kind, handler as never).call();
    await settled();
    expect([call.stream.texts, call.stream.status, signal?.aborted]).toEqual([["early"], "0", false]);
    expect(await reading).toMatchObject({ code: "canceled", rawMessage: "the call ended before its handler did" });
  });
});
