import { ConnectError, type HandlerContext, type Interceptor } from "@connect-ts/runtime";
import { describe, expect, it } from "@jest/globals";
import { combinations, connected, rejection, until, using } from "./helpers.js";

/** An interceptor that ends a call as soon as its handler waits for more of the request, and leaves `next()` alone. */
const ending =
  (waits: Promise<void>, end: Interceptor): Interceptor =>
  async (call, next) => {
    void next();
    await waits;
    await end(call, next);
  };

const answer: Interceptor = async (call) => call.respond({ sum: 7n });
const fail: Interceptor = async () => {
  throw new ConnectError("aborted", "enough");
};

/** Where requests are streamed, and not sent when they are whole. */
const streaming = combinations.filter(({ pair }) => pair.fullDuplex || pair.name === "HTTP/1.1");

describe.each(streaming)("a handler whose call was ended by an interceptor, $name", (combination) => {
  const ways = [
    ["answered, client-streaming", answer],
    ["failed, client-streaming", fail],
    ["failed, bidirectional", fail],
  ] as const;
  it.each(combination.pair.fullDuplex ? ways : ways.slice(0, 2))(
    "has its requests end and its signal abort: %s",
    async (how, end) => {
      let waits = (): void => undefined;
      const waiting = new Promise<void>((resolve) => {
        waits = resolve;
      });
      const ended: unknown[] = [];
      async function read(requests: AsyncIterable<unknown>, { signal }: HandlerContext): Promise<never> {
        try {
          const iterator = requests[Symbol.asyncIterator]();
          await iterator.next();
          const more = iterator.next();
          waits();
          await more;
          throw new Error("there was more");
        } catch (error) {
          ended.push((error as ConnectError).code, signal.aborted);
          throw error;
        }
      }
      const heard: unknown[] = [];
      const methods = {
        sum: read,
        async *cumSum(requests: AsyncIterable<unknown>, context: HandlerContext) {
          yield await read(requests, context);
        },
      };
      const options = { interceptors: [ending(waiting, end)], onError: (error: unknown) => heard.push(error) };
      await using(connected(combination, methods, options), async ({ client }) => {
        const call = how.endsWith("bidirectional") ? client.cumSum() : client.sum();
        await call.send({ number: 1n });
        if (how.startsWith("answered") && "response" in call) expect((await call.response).message.sum).toBe(7n);
        else expect((await rejection("response" in call ? call.response : call.trailers)).code).toBe("aborted");
        await until(() => ended.length > 0);
        expect(ended).toEqual(["canceled", true]);
        expect(heard).toEqual([]);
      });
    },
  );
});
