import type { HandlerContext } from "@connect-ts/runtime";
import { describe, expect, it } from "@jest/globals";
import { combinations, connected, sleep, until, using } from "../behaviour/helpers.js";

/** Calls that end early: how many at a time, and how many one after the other. Half as many go on beside them. */
const workers = 12;
const callsOfEach = 20;
/** Around this time calls end and are answered, in milliseconds. */
const about = 8;

/** The codes that calls ended with, and `ok`. */
class Outcomes {
  readonly codes = new Map<string, number>();
  readonly messages = new Set<string>();

  async add(call: PromiseLike<unknown>): Promise<void> {
    let code = "ok";
    try {
      await call;
    } catch (error) {
      code = String((error as { code?: unknown }).code);
      this.messages.add(String(error));
    }
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
  }
}

/** Answers `number` milliseconds later, whatever became of the call. */
const methods = {
  async ping({ number }: { readonly number: bigint }): Promise<{ number: bigint }> {
    if (number > 0n) await sleep(Number(number));
    return { number };
  },
  async *countUp({ number }: { readonly number: bigint }) {
    if (number > 0n) await sleep(Number(number));
    yield { number };
  },
};

describe.each(combinations)("calls that end early leave others alone, $name", (combination) => {
  // The connection belongs to another call already.
  it.each(["a deadline", "an abort"])("when %s comes just as the answer does", async (way) => {
    await using(connected(combination, methods), async ({ client }) => {
      const ended = new Outcomes();
      const others = new Outcomes();
      const collect = async (stream: AsyncIterable<unknown>): Promise<void> => {
        for await (const _ of stream);
      };
      let running = workers;
      const endEarly = async (worker: number): Promise<void> => {
        for (let i = 0; i < callsOfEach; i++) {
          // From a millisecond before the answer to one after it.
          const ms = about - 1 + (i % 3);
          const controller = new AbortController();
          const options = way === "a deadline" ? { timeoutMs: ms } : { signal: controller.signal };
          const timer = setTimeout(() => controller.abort(), ms);
          const request = { number: BigInt(about) };
          await ended.add(worker % 2 === 0 ? client.ping(request, options) : collect(client.countUp(request, options)));
          clearTimeout(timer);
        }
        running--;
      };
      const goOn = async (worker: number): Promise<void> => {
        while (running > 0) {
          await others.add(worker % 2 === 0 ? client.ping({ number: 0n }) : collect(client.countUp({ number: 0n })));
          // Leaves connections idle, for the others to take.
          await sleep(worker % 3);
        }
      };
      const ending = Array.from({ length: workers }, (_, worker) => endEarly(worker));
      const goingOn = Array.from({ length: workers / 2 }, (_, worker) => goOn(worker));
      await Promise.all([...ending, ...goingOn]);
      expect([...others.messages]).toEqual([]);
      expect([...others.codes.keys()]).toEqual(["ok"]);
      const expected = ["ok", way === "a deadline" ? "deadline_exceeded" : "canceled"];
      expect([...ended.codes.keys()].filter((code) => !expected.includes(code))).toEqual([]);
      expect([...ended.codes.values()].reduce((sum, count) => sum + count)).toBe(workers * callsOfEach);
    });
  });

  // Servers on HTTP/2 end a connection on which too many calls were broken off, a thousand and more, with all calls that are on
  // it. Nothing else counts them.
  const rounds = /h2c|HTTP\/2/.test(combination.name) ? 30 : 6;
  it("when there are many of them", async () => {
    let begun = 0;
    const stuck = {
      ping: async ({ number }: { readonly number: bigint }, { signal }: HandlerContext) => {
        if (number === 0n) return {};
        begun++;
        return await new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
    };
    await using(connected(combination, stuck), async ({ client }) => {
      const others = new Outcomes();
      for (let i = 1; i <= rounds * 50; i += 50) {
        const controller = new AbortController();
        const calls = Array.from({ length: 50 }, () => client.ping({ number: 1n }, { signal: controller.signal }));
        await until(() => begun === i + 49);
        const other = others.add(client.ping({ number: 0n }));
        controller.abort();
        const ends = new Set((await Promise.allSettled(calls)).map(({ status }) => status));
        expect([...ends]).toEqual(["rejected"]);
        await other;
      }
      expect([...others.messages]).toEqual([]);
      expect(others.codes).toEqual(new Map([["ok", rounds]]));
    });
  });
});
