import { describe, expect, it } from "@jest/globals";
import { combinations, connected, rejection, using } from "./helpers.js";

class Row {
  id = 7;
}

class Entity {
  get number(): bigint {
    return 5n;
  }
}

/** What stands in the place of a message by mistake: nothing of it is a field, or only by chance, as the `message` of an error. */
const misfits: readonly (readonly [what: string, value: unknown])[] = [
  ["an instance of Array", [{ number: 1n }]],
  ["an instance of Map", new Map([["number", 1n]])],
  ["an instance of Set", new Set([1n])],
  ["an instance of Date", new Date(0)],
  ["an instance of Error", new Error("no such number")],
  ["an instance of Uint8Array", new Uint8Array(3)],
  ["an instance of String", new String("text")],
  ["an instance of Row", new Row()],
];
const primitives: readonly unknown[] = ["text", 1, 1n, true, null];
const notTaken = /^expected a (message of type )?ping\.v1\.\w+( or an init shape of it)?, got /;

describe.each(combinations)("what is no message in the place of one, $name", (combination) => {
  it("is no request", async () => {
    await using(connected(combination), async ({ client }) => {
      for (const value of [...misfits.map(([, value]) => value), ...primitives]) {
        const stream = client.sum();
        const errors = [
          await rejection(client.ping(value as object)),
          await rejection(
            client
              .countUp(value as object)
              [Symbol.asyncIterator]()
              .next(),
          ),
          await rejection(stream.send(value as object)),
          await rejection(stream.response),
        ];
        for (const { code, cause } of errors) {
          expect(code).toBe("internal");
          expect((cause as Error).message).toMatch(notTaken);
        }
      }
      for (const [what, value] of misfits) {
        const { cause } = await rejection(client.ping(value as object));
        expect((cause as Error).message).toBe(`expected a ping.v1.PingRequest, got ${what}`);
      }
    });
  });

  it("is no answer, and onError is told which", async () => {
    const told: string[] = [];
    const onError = (error: unknown): void => {
      told.push((error as { cause: Error }).cause?.message ?? (error as Error).message);
    };
    let value: unknown;
    const methods = {
      ping: () => value as object,
      async *countUp() {
        yield value as object;
      },
      sum: async () => value as object,
    };
    await using(connected(combination, methods, { onError }), async ({ client }) => {
      for (const [what, misfit] of misfits) {
        value = misfit;
        expect((await rejection(client.ping({}))).code).toBe("internal");
        expect((await rejection(client.countUp({})[Symbol.asyncIterator]().next())).code).toBe("internal");
        expect((await rejection(client.sum([{ number: 1n }]))).code).toBe("internal");
        const of = (type: string): string => `expected a ping.v1.${type}, got ${what}`;
        expect(told.splice(0).sort()).toEqual([of("CountUpResponse"), of("PingResponse"), of("SumResponse")]);
      }
    });
  });

  it("is no value of a field: a forgotten await sends no text and no empty message", async () => {
    await using(connected(combination), async ({ client }) => {
      for (const init of [
        { text: Promise.resolve("text") },
        { text: new Date(0) },
        { number: new Date(0) },
        { data: Promise.resolve(new Uint8Array(1)) },
        { any: Promise.resolve({ typeUrl: "a/b" }) },
        { any: new Map([["typeUrl", "a/b"]]) },
      ]) {
        expect((await rejection(client.ping(init as object))).code).toBe("internal");
      }
    });
  });

  it("but objects of classes with fields, and of other realms, are messages", async () => {
    const methods = { ping: ({ number }: { number: bigint }) => Object.assign(new Entity(), { text: String(number) }) };
    await using(connected(combination, methods), async ({ client }) => {
      const foreign = structuredClone({ number: 3n });
      expect(await client.ping(foreign)).toMatchObject({ number: 5n, text: "3" });
      const bare = Object.assign(Object.create(null), { number: 4n });
      expect(await client.ping(bare)).toMatchObject({ text: "4" });
      expect(await client.ping(new Entity())).toMatchObject({ text: "5" });
    });
  });
});
